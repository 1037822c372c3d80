/** Where a plane lies under a window: a place (x, y) of it is seen at (x · scale + left, y · scale + top). */
export interface Placement {
  left: number;
  top: number;
  scale: number;
}

const nearest = 1.5;
const farthest = 0.05;

/** Moves further than this are no clicks, in pixels. */
const clickMoves = 4;

/** Zooms so that what lies at a point of the window stays there. */
export function zoomAt({ left, top, scale }: Placement, factor: number, x: number, y: number): Placement {
  const next = Math.min(nearest, Math.max(farthest, scale * factor));
  const by = next / scale;
  return { left: x - (x - left) * by, top: y - (y - top) * by, scale: next };
}

/** Lets mouse, wheel and fingers move and zoom a plane. Returns how to stop that. */
export function listenForMoves(
  element: HTMLElement,
  { current, move }: { current(): Placement; move(to: Placement): void },
): () => void {
  const fingers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  const placeOf = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const stopping = new AbortController();
  const on = <Name extends keyof HTMLElementEventMap>(
    name: Name,
    hear: (event: HTMLElementEventMap[Name]) => void,
    options: AddEventListenerOptions = {},
  ) => element.addEventListener(name, hear, { ...options, signal: stopping.signal });

  on(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = placeOf(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
      move(zoomAt(current(), Math.exp(-event.deltaY * lines * 0.0015), x, y));
    },
    { passive: false },
  );
  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    if (fingers.size === 0) moved = 0;
    fingers.set(event.pointerId, placeOf(event));
  });
  on('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const after = placeOf(event);
    const placement = current();
    moved += Math.abs(after.x - before.x) + Math.abs(after.y - before.y);
    // Only what is moved is held: a click on a card is to reach the card.
    if (moved > clickMoves && !element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, after);
    if (other) {
      const factor = distance(after, other) / Math.max(1, distance(before, other));
      move(zoomAt(placement, factor, (after.x + other.x) / 2, (after.y + other.y) / 2));
    } else {
      move({ ...placement, left: placement.left + after.x - before.x, top: placement.top + after.y - before.y });
    }
  });
  const release = (event: PointerEvent) => fingers.delete(event.pointerId);
  on('pointerup', release);
  on('pointercancel', release);
  on(
    'click',
    (event) => {
      if (moved <= clickMoves) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
  return () => stopping.abort();
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
