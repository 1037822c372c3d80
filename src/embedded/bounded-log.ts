import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';

/** A log file that is set aside as `FILE.1` when it gets long, so that two files of this size are the most there is. */
export class BoundedLog {
  readonly file: string;
  private readonly maxBytes: number;
  private bytes: number;

  constructor(file: string, maxBytes = 5 * 1024 * 1024) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      if (this.bytes > 0 && this.bytes + bytes.byteLength > this.maxBytes) {
        rmSync(`${this.file}.1`, { force: true });
        renameSync(this.file, `${this.file}.1`);
        this.bytes = 0;
      }
      appendFileSync(this.file, bytes);
      this.bytes += bytes.byteLength;
    } catch {
      // A full disk, or a folder that was removed, must not end what is logged.
    }
  }
}
