import type { ServerResponse } from 'node:http';

/** How often a word is sent, in milliseconds, by which either side notices that the other has gone. */
const aliveMs = 15_000;

/** More than so many bytes that a browser has not taken yet: it is slower than the run, and starts anew. */
const mostWaiting = 64 * 1024 * 1024;

/** A response that goes on: server-sent events, each a name and a JSON value. */
export class EventStream {
  private readonly response: ServerResponse;

  /** @param onClose When the browser has gone. */
  constructor(response: ServerResponse, onClose: () => void) {
    this.response = response;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write('retry: 1000\n\n');
    const timer = setInterval(() => response.write(': alive\n\n'), aliveMs);
    timer.unref();
    response.once('close', () => {
      clearInterval(timer);
      onClose();
    });
  }

  send(name: string, value: unknown): void {
    this.response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
    if (this.response.writableLength > mostWaiting) this.response.destroy();
  }
}
