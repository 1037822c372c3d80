/** How long what is above may take to be read, in milliseconds. */
const settlingMs = 5_000;
const doings = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Scrolls to an element, and again while what is above it is still being read and grows: until somebody does something
 * themselves, or all of it must be there.
 *
 * @param content What holds the element and everything above it.
 */
export function keepInSight(element: Element, content: Element): () => void {
  const show = () => element.scrollIntoView({ block: 'start' });
  const growing = new ResizeObserver(show);
  const stop = () => {
    growing.disconnect();
    clearTimeout(timer);
    for (const doing of doings) removeEventListener(doing, stop, true);
  };
  const timer = setTimeout(stop, settlingMs);
  for (const doing of doings) addEventListener(doing, stop, { capture: true, passive: true });
  growing.observe(content);
  show();
  return stop;
}
