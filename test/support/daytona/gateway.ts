import { request as ask, createServer } from 'node:http';
import { connect } from 'node:net';

export type Gateway = AsyncDisposable;

/** The way out of one sandbox's network: a proxy for HTTP on a unix socket. Refuses everything where it may not go out. */
export async function startGateway(socketPath: string, mayPass: () => boolean): Promise<Gateway> {
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '');
    if (!mayPass() || url === null) {
      request.socket.destroy();
      return;
    }
    const onward = ask(url, { method: request.method ?? 'GET', headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    const { hostname, port } = new URL(`http://${request.url}`);
    if (!mayPass()) {
      socket.destroy();
      return;
    }
    const onward = connect(Number(port || 443), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
