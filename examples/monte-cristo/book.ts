import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from 'durable-rlm';

/** The Count of Monte Cristo at Project Gutenberg. */
export const bookUrl = 'https://www.gutenberg.org/cache/epub/1184/pg1184.txt';

const timeoutMs = 120_000;

/** Reads a text file of the user's. Throws `UsageError` where it cannot be read. */
export async function readBook(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

/**
 * Downloads a book once; after that it is read from the file.
 *
 * @param onProgress Told how many bytes have come.
 */
export async function downloadBook(url: string, file: string, onProgress: (bytes: number) => void): Promise<string> {
  const cached = await readFile(file, 'utf8').catch(() => null); // Not there yet, in most cases.
  if (cached !== null) return cached;
  const bytes = await download(url, onProgress);
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, bytes);
  await rename(partial, file);
  return bytes.toString('utf8');
}

async function download(url: string, onProgress: (bytes: number) => void): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.length;
      onProgress(bytes);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new UsageError(`cannot download ${url}: ${reason}; download it yourself and name the file with --text FILE`);
  }
}
