/** What a patch changes in one file. */
export interface FilePatch {
  path: string;
  /** Where it was before, where that was elsewhere. */
  oldPath: string | null;
  kind: 'added' | 'deleted' | 'renamed' | 'changed';
  isBinary: boolean;
  additions: number;
  deletions: number;
  hunks: Hunk[];
}

export interface Hunk {
  /** What the patch says of where it is, such as the function around it. */
  title: string;
  lines: PatchLine[];
}

export interface PatchLine {
  kind: 'added' | 'removed' | 'kept' | 'remark';
  oldNumber: number | null;
  newNumber: number | null;
  text: string;
}

/** Reads a patch as git makes it. What is not understood is left out of the files, never guessed. */
export function parsePatch(patch: string): FilePatch[] {
  const files: FilePatch[] = [];
  let hunk: Hunk | null = null;
  let left = { old: 0, new: 0 };
  let oldNumber = 0;
  let newNumber = 0;
  for (const line of patch.split('\n')) {
    const file = files.at(-1);
    if (hunk && file && (left.old > 0 || left.new > 0 || line.startsWith('\\'))) {
      const kind = kindOf(line);
      if (kind === 'added') file.additions += 1;
      if (kind === 'removed') file.deletions += 1;
      const isOld = kind === 'removed' || kind === 'kept';
      const isNew = kind === 'added' || kind === 'kept';
      const numbers = { oldNumber: isOld ? oldNumber : null, newNumber: isNew ? newNumber : null };
      hunk.lines.push({ kind, ...numbers, text: line.slice(1) });
      oldNumber += Number(isOld);
      newNumber += Number(isNew);
      left = { old: left.old - Number(isOld), new: left.new - Number(isNew) };
      continue;
    }
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(line);
    if (head && file) {
      oldNumber = Number(head[1]);
      newNumber = Number(head[3]);
      left = { old: Number(head[2] ?? 1), new: Number(head[4] ?? 1) };
      hunk = { title: head[5] ?? '', lines: [] };
      file.hunks.push(hunk);
    } else if (line.startsWith('diff --git ')) {
      hunk = null;
      files.push(newFile(line));
    } else if (file) readHeader(file, line);
  }
  return files;
}

function kindOf(line: string): PatchLine['kind'] {
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return line.startsWith('\\') ? 'remark' : 'kept';
}

function newFile(line: string): FilePatch {
  const path = / b\/(.*)$/.exec(line)?.[1] ?? line.slice('diff --git '.length);
  const counts = { additions: 0, deletions: 0 };
  return { path, oldPath: null, kind: 'changed', isBinary: false, ...counts, hunks: [] };
}

function readHeader(file: FilePatch, line: string): void {
  if (line.startsWith('new file')) file.kind = 'added';
  else if (line.startsWith('deleted file')) file.kind = 'deleted';
  else if (line.startsWith('rename from ')) {
    file.kind = 'renamed';
    file.oldPath = line.slice('rename from '.length);
  } else if (line.startsWith('rename to ')) file.path = line.slice('rename to '.length);
  else if (line.startsWith('+++ b/')) file.path = line.slice('+++ b/'.length).replace(/\t$/, '');
  else if (line.startsWith('GIT binary patch') || line.startsWith('Binary files')) file.isBinary = true;
}
