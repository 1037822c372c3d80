import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runGit } from '../src/repository/git.ts';

export interface SourceRepository {
  files: number;
  bytesPerFile: number;
}

const filesPerFolder = 40;

/** Commits on top of the first, each of which writes some of the files anew. */
const laterCommits = 8;

/** Makes a git repository whose files compress to about a quarter, as source code does, in a new directory; one that is there stays. */
export async function makeSourceRepository(
  directory: string,
  { files, bytesPerFile }: SourceRepository,
): Promise<void> {
  if (existsSync(directory)) return;
  const random = randomNumbers(1);
  const vocabulary = Array.from({ length: 600 }, () => word(random));
  const write = async (file: number) => {
    const path = join(directory, `folder_${Math.floor(file / filesPerFolder)}`, `module_${file}.py`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, sourceText(bytesPerFile, vocabulary, random));
  };
  await runGit(['init', '--quiet', '--', directory]);
  for (let file = 0; file < files; file += 1) await write(file);
  await commit(directory);
  for (let number = 0; number < laterCommits; number += 1) {
    for (let changed = 0; changed < files / 20; changed += 1) await write(Math.floor(random() * files));
    await commit(directory);
  }
}

async function commit(directory: string): Promise<void> {
  const person = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'commit.gpgSign=false'];
  await runGit(['-C', directory, 'add', '--all']);
  await runGit(['-C', directory, ...person, 'commit', '--quiet', '--no-verify', '--message', 'change']);
}

/** Lines like those of a program, of so many characters, one byte each. */
function sourceText(length: number, vocabulary: readonly string[], random: () => number): string {
  // As in programs, few words are used often and many seldom, and some lines come again.
  const pick = () => vocabulary[Math.floor(random() ** 6 * vocabulary.length)];
  const newLine = () =>
    random() < 0.1
      ? `def ${pick()}_${pick()}(${pick()}, ${pick()}):`
      : `    ${pick()}.${pick()} = ${pick()}(${pick()})`;
  const lines: string[] = [];
  for (let written = 0; written < length; ) {
    const again = random() < 0.25 ? lines[Math.floor(random() * lines.length)] : undefined;
    const line = again ?? newLine();
    lines.push(line);
    written += line.length + 1;
  }
  return `${lines.join('\n').slice(0, length - 1)}\n`;
}

function word(random: () => number): string {
  return Array.from({ length: 3 + Math.floor(random() * 8) }, () =>
    String.fromCharCode(97 + Math.floor(random() * 26)),
  ).join('');
}

/** The same numbers between 0 and 1 in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
