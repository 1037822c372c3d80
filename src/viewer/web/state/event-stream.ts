/** How long to wait, in milliseconds, before a stream that the browser gave up is opened anew. */
const retryMs = 1_500;

/**
 * Keeps a stream of server-sent events open for as long as the page is seen: a browser has few connections to a server,
 * and pages in the background would use them up. The server tells everything anew each time.
 */
export function openStream(
  url: string,
  handlers: Record<string, (value: never) => void>,
  onConnection: (connected: boolean) => void,
): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const open = () => {
    close();
    const opened = new EventSource(url);
    source = opened;
    opened.onopen = () => onConnection(true);
    opened.onerror = () => {
      onConnection(false);
      // The browser itself tries again but where the answer was no stream.
      if (opened.readyState === EventSource.CLOSED) timer = setTimeout(open, retryMs);
    };
    for (const [name, handle] of Object.entries(handlers)) {
      opened.addEventListener(name, (event) => handle(JSON.parse((event as MessageEvent<string>).data) as never));
    }
  };
  const onVisibility = () => (document.visibilityState === 'visible' ? open() : close());
  document.addEventListener('visibilitychange', onVisibility);
  open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
