import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How long the server may take to answer, and the longest pause while it sends, in milliseconds. */
const answerTimeoutMs = 4_000;
const stallTimeoutMs = 20_000;

/** Where Temporal publishes the archive of its command for this platform. */
export function temporalArchiveUrl(version: string): string {
  const platform = { win32: 'windows', darwin: 'darwin' }[process.platform as string] ?? process.platform;
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return `https://temporal.download/cli/archive/v${version}?platform=${platform}&arch=${architecture}`;
}

/**
 * Downloads an archive and unpacks it into a folder. Gives up within seconds when nobody answers.
 *
 * @param onProgress Called with every tenth of the download that is done, in percent.
 */
export async function downloadArchive(
  url: string,
  directory: string,
  onProgress: (percent: number) => void,
): Promise<void> {
  const abort = new AbortController();
  const giveUp = (reason: string) => abort.abort(new Error(reason));
  const timer = setTimeout(giveUp, answerTimeoutMs, `no answer within ${answerTimeoutMs / 1000} s`);
  const archive = join(directory, 'archive');
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
    const total = Number(response.headers.get('content-length') ?? 0);
    clearTimeout(timer);
    const stall = setTimeout(giveUp, stallTimeoutMs, 'the download stalled');
    try {
      const watch = progress(total, onProgress, () => stall.refresh());
      await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(archive));
    } finally {
      clearTimeout(stall);
    }
  } finally {
    clearTimeout(timer);
  }
  await unpack(archive, directory);
}

function progress(total: number, onProgress: (percent: number) => void, onData: () => void): Transform {
  let bytes = 0;
  let shown = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onData();
      bytes += chunk.byteLength;
      const tenth = total > 0 ? Math.floor((10 * bytes) / total) : 0;
      if (tenth > shown) onProgress(10 * tenth);
      shown = tenth;
      done(null, chunk);
    },
  });
}

/** tar reads the gzipped archives of Unix, and that of Windows zip files too. */
async function unpack(archive: string, directory: string): Promise<void> {
  const tar = spawn('tar', ['-xf', archive, '-C', directory], { stdio: 'ignore' });
  const [code] = await once(tar, 'exit');
  if (code !== 0) throw new Error('the archive cannot be unpacked');
}
