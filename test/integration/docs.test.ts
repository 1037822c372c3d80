import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocsFolder } from '../support/docs-folder.ts';
import { documents, type Fence, fencesOf, project } from '../support/markdown.ts';

const notRun = 'not run by the tests: ';
const isRun = ({ language, comment }: Fence) => language === 'sh' && !comment?.startsWith(notRun);

let folder: DocsFolder;
beforeAll(async () => {
  folder = await DocsFolder.make();
});
afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
});

describe('the commands of the documentation', () => {
  const withCommands = documents().filter((document) => fencesOf(document).some(isRun));

  it.each(withCommands)('work: $path', { timeout: 120_000 }, async (document) => {
    let printed = '';
    for (const fence of fencesOf(document)) {
      const { place, text, comment } = fence;
      if (comment?.startsWith('file: ')) await folder.write(comment.slice('file: '.length), text);
      if (comment === 'output') expect(printed, place).toBe(text);
      if (!isRun(fence)) continue;
      const { code, stdout, stderr } = await folder.run(text);
      expect(code, `${place}\n${stderr}`).toBe(0);
      printed = stdout;
    }
  });

  const left = documents()
    .flatMap(fencesOf)
    .filter((fence) => fence.language === 'sh' && !isRun(fence));

  it.each(left)('that are not run have options that exist: $place', async ({ text }) => {
    for (const command of commandLines(text)) {
      const [program, name = '', ...rest] = command.split(/\s+/);
      if (program === 'npm') {
        expect(Object.keys(packageScripts())).toContain(name === 'run' ? rest[0] : name);
        continue;
      }
      expect(program, command).toBe('rlm');
      const { code, stdout: help } = await folder.run(`rlm ${name} --help`);
      expect(code, command).toBe(0);
      expect(help, command).toContain(`Usage: rlm ${name} `);
      const known = help.match(/(?<=[\s,])--?[a-z][\w-]*/g) ?? [];
      expect(known, command).toEqual(expect.arrayContaining(rest.filter((word) => /^--?[a-z]/.test(word))));
    }
  });
});

it('the programs of the documentation type-check, each by itself', async () => {
  await mkdir(join(folder.directory, 'programs'));
  for (const { language, place, text } of documents().flatMap(fencesOf)) {
    if (language === 'ts') await folder.write(`programs/${place.replaceAll(/[/:]/g, '-')}.ts`, text);
  }
  const source = (name: string) => [join(project, 'src', name)];
  const settings = {
    extends: join(project, 'tsconfig.json'),
    compilerOptions: {
      paths: {
        'durable-rlm': source('index.ts'),
        'durable-rlm/client': source('client.ts'),
        'durable-rlm/worker': source('worker.ts'),
      },
      noUnusedLocals: false,
    },
    include: ['*.ts'],
  };
  await folder.write('programs/tsconfig.json', JSON.stringify(settings));
  const { stdout } = await folder.run('tsc --pretty false -p programs');
  expect(stdout).toBe('');
});

/** The lines of a fence without settings of variables, quoted texts and comments, from the command's name on. */
function commandLines(text: string): string[] {
  const plain = text
    .replaceAll('\\\n', ' ')
    .replaceAll(/"[^"]*"|'[^']*'/g, 'TEXT')
    .replaceAll(/ +#.*$/gm, '');
  const lines = plain.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.trim().replace(/^(?:[A-Z_]+=\S* +)*(?:npx +)?/, ''));
}

function packageScripts(): Record<string, string> {
  return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).scripts;
}
