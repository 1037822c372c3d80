import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, inject, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { connectTemporal, embeddedTarget } from '../../src/temporal-connection.ts';
import { connectWorker } from '../../src/worker-connection.ts';

const address = inject('temporalAddress');

/** A port on which nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('connects clients and workers', async () => {
  const client = await connectTemporal(embeddedTarget(address));
  await client.close();
  const worker = await connectWorker(embeddedTarget(address));
  await worker.close();
});

it.each([['client', connectTemporal] as const, ['worker', connectWorker] as const])(
  'names the address that a %s cannot reach, and why',
  async (_, connect) => {
    const port = await unusedPort();
    const failure = await connect(embeddedTarget(`127.0.0.1:${port}`)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toBe(
      `cannot reach Temporal at 127.0.0.1:${port} (TEMPORAL_ADDRESS): connection refused`,
    );
  },
);

it('says so when there is no such host', async () => {
  await expect(connectTemporal(embeddedTarget('nowhere.invalid:7233'))).rejects.toThrow(
    /^cannot reach Temporal at nowhere\.invalid:7233 \(TEMPORAL_ADDRESS\): /,
  );
});

it('names a namespace that does not exist', async () => {
  await expect(connectTemporal({ ...embeddedTarget(address), namespace: 'other' })).rejects.toThrow(
    `Temporal at ${address} (TEMPORAL_ADDRESS) has no namespace "other" (TEMPORAL_NAMESPACE)`,
  );
});

it('says so when what answers is not Temporal', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // gRPC hangs up.
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(connectTemporal(embeddedTarget(`127.0.0.1:${port}`))).rejects.toThrow(/^cannot reach Temporal at /);
  server.close();
});

it('names a TLS file that cannot be read', async () => {
  const target = { ...embeddedTarget(address), tls: { caFile: '/nowhere/ca.pem' } };
  await expect(connectTemporal(target)).rejects.toThrow(/^cannot read the TLS file \/nowhere\/ca\.pem: /);
});
