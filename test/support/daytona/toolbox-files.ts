import { Readable } from 'node:stream';
import type { FileInfo, FilesDownloadRequest } from '@daytona/toolbox-api-client';
import { z } from 'zod';
import { type Answer, json, Refusal } from './answer.ts';
import type { Machine } from './machine.ts';
import { readForm, readObject } from './request-body.ts';
import { type Route, route } from './routes.ts';

const DownloadRequest = z.object({ paths: z.array(z.string()).min(1) }) satisfies z.ZodType<FilesDownloadRequest>;
const Opened = z.object({ size: z.number() });

/** The toolbox's requests about files. */
export const fileRoutes: Route<Machine>[] = [
  route('GET', '/files', (machine, { url }) => about<FileInfo[]>(machine, 'file.list', url)),
  route('DELETE', '/files', (machine, { url }) => about<null>(machine, 'file.delete', url)),
  route('GET', '/files/info', (machine, { url }) => about<FileInfo>(machine, 'file.info', url)),
  route('POST', '/files/folder', (machine, { url }) => about<null>(machine, 'file.folder', url)),
  route('GET', '/files/download', async (machine, { url }) => {
    const { stream } = await machine.call({ call: 'file.read', path: url.searchParams.get('path') ?? '' });
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: { stream } };
  }),
  route('POST', '/files/bulk-download', async (machine, exchange) => {
    const { paths } = DownloadRequest.parse(await readObject(exchange));
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    return { status: 200, headers, body: { stream: Readable.from(fileParts(machine, paths)) } };
  }),
  route('POST', '/files/bulk-upload', async (machine, exchange) => upload(machine, await readForm(exchange))),
  route('POST', '/files/upload-v2', async (machine, exchange) => {
    const file = (await readForm(exchange)).find(([, value]) => value instanceof File)?.[1];
    if (!(file instanceof File)) throw new Refusal(400, 'file is required', 'BAD_REQUEST');
    await write(machine, exchange.url.searchParams.get('path') ?? '', file);
    return { status: 200 };
  }),
];

async function about<Body>(machine: Machine, call: string, { searchParams }: URL): Promise<Answer> {
  const path = searchParams.get('path') ?? '';
  if (path === '' && call !== 'file.list') throw new Refusal(400, 'path is required', 'BAD_REQUEST');
  const recursive = searchParams.get('recursive') === 'true';
  const { status, body } = await machine.ask({ call, path, recursive, mode: searchParams.get('mode') });
  return body === null ? { status } : json(body as Body, status);
}

/** The form names each file's place in a field before it: `files[0].path`, then `files[0].file`. */
async function upload(machine: Machine, fields: [string, string | File][]): Promise<Answer> {
  const places = new Map<string, string>();
  const files: unknown[] = [];
  const errors: string[] = [];
  for (const [name, value] of fields) {
    const index = /^files\[(\d+)\]\./.exec(name)?.[1] ?? '';
    if (typeof value === 'string') {
      places.set(index, value.trim());
      continue;
    }
    const path = places.get(index);
    if (path === undefined) {
      errors.push(`file[${index}]: missing .path metadata`);
      continue;
    }
    try {
      files.push(await write(machine, path, value));
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 502) throw error;
      errors.push(`${path}: create: ${error.message}`);
    }
  }
  return errors.length > 0 ? json({ errors, files }, 400) : json({ files });
}

async function write(machine: Machine, path: string, file: File): Promise<unknown> {
  const call = { call: 'file.write', path, size: file.size };
  return (await machine.ask(call, new Uint8Array(await file.arrayBuffer()))).body;
}

const boundary = 'DAYTONA-FILE-BOUNDARY';

/** Each file is a part; one that cannot be had is a part that says why. */
async function* fileParts(machine: Machine, paths: string[]): AsyncGenerator<Uint8Array | string> {
  for (const path of paths) {
    try {
      const { body, stream } = await machine.call({ call: 'file.read', path });
      yield partHead('file', path, 'application/octet-stream', Opened.parse(body).size);
      yield* stream as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      yield partHead('error', path, 'application/json; charset=utf-8');
      yield JSON.stringify(partError(path, error));
    }
    yield '\r\n';
  }
  yield `--${boundary}--\r\n`;
}

function partHead(name: 'file' | 'error', path: string, type: string, size?: number): string {
  const latin = path.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&');
  return [
    `--${boundary}`,
    `Content-Disposition: form-data; name="${name}"; filename="${latin}"; filename*=utf-8''${encodeURIComponent(path)}`,
    ...(size === undefined ? [] : [`Content-Length: ${size}`]),
    `Content-Type: ${type}`,
    '\r\n',
  ].join('\r\n');
}

function partError(path: string, { status, code, message }: Refusal): object {
  const timestamp = new Date().toISOString();
  return { statusCode: status, message, code, source: 'DAYTONA_DAEMON', timestamp, path, method: 'POST' };
}
