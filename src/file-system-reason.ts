const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'there is no such folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EIO: 'the disk fails',
  ESTALE: 'the network file system is gone',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** Why the file system refused something, in a few words; null where the error is none of a file system's. */
export function fileSystemReason(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error)) return null;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

/** Whether a disk has no room, is read-only or fails: whatever was being done, it may be done when that is mended. */
export function isDiskFault(error: unknown): boolean {
  const faults: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'];
  return error instanceof Error && 'syscall' in error && faults.includes((error as NodeJS.ErrnoException).code);
}
