/** How many bytes are looked through at once: a text cannot be of any length. */
const chunkBytes = 16 * 1024 * 1024;

const sha256Digits = 64;
const kernelIdDigits = 16;

/** The ids of kernels, the SHA-256 of blobs, and the ids of workflow executions, by which attempts are known. */
const names = /[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What was found mentioned: blobs, kernels and agents' attempts. */
export class Marks {
  /** Blobs that are mentioned and were not looked through yet. */
  private readonly waiting: string[] = [];
  private readonly reached = new Set<string>();
  private readonly kernels = new Set<string>();
  private readonly lineages = new Set<string>();
  private readonly exists: (sha256: string) => boolean;

  constructor(exists: (sha256: string) => boolean) {
    this.exists = exists;
  }

  /**
   * Notes everything in the bytes that could name a blob that exists: any 64 hexadecimal digits in a row, whatever they
   * are a part of. What is no reference keeps a blob for nothing; a reference that is overlooked would lose one.
   */
  lookThrough(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Chunks overlap, so that nothing lies between two.
    for (let start = 0; start < buffer.length; start += chunkBytes) {
      this.lookThroughText(buffer.toString('latin1', start, start + chunkBytes + sha256Digits));
    }
  }

  /** Notes a blob by its name. */
  reach(sha256: string): void {
    if (this.reached.has(sha256) || !this.exists(sha256)) return;
    this.reached.add(sha256);
    this.waiting.push(sha256);
  }

  /** The next blob to be looked through; undefined when there is none left. */
  next(): string | undefined {
    return this.waiting.pop();
  }

  isReached(sha256: string): boolean {
    return this.reached.has(sha256);
  }

  mentionsKernel(kernelId: string): boolean {
    return this.kernels.has(kernelId);
  }

  mentionsLineage(lineage: string): boolean {
    return this.lineages.has(lineage);
  }

  private lookThroughText(text: string): void {
    for (const [name] of text.matchAll(names)) {
      if (name.includes('-')) this.lineages.add(name);
      if (name.length === kernelIdDigits) this.kernels.add(name);
      for (let at = 0; at + sha256Digits <= name.length; at += 1) this.reach(name.slice(at, at + sha256Digits));
    }
  }
}
