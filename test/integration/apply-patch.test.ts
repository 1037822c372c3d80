import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Clone, type Content, newRepository } from '../support/patched-clone.ts';
import { useWorkspaceFunctions } from '../support/workspace-functions.ts';

const { functions, freshPath } = useWorkspaceFunctions();

/** An agent's clone and a sub-agent's, of a commit with these files. */
function family(files: Record<string, Content>): [ours: Clone, theirs: Clone] {
  const source = repository(files);
  return [source.clone(freshPath()), source.clone(freshPath())];
}

const repository = (files: Record<string, Content>) => newRepository(freshPath()).write(files).commit();

const apply = async (clone: Clone, patch: string) => {
  const decoded = Buffer.from(patch, 'latin1').toString('utf8');
  return (await functions().evaluate(clone.root, 'apply_patch(given)', decoded)) as string;
};

const numbered = Array.from({ length: 30 }, (_, i) => `line ${i + 1}\n`).join('');
const changed = (line: number, text: string) => numbered.replace(`line ${line}\n`, text);

describe('apply_patch applies', () => {
  it('changed, new, deleted and renamed files, and says which', async () => {
    const [ours, theirs] = family({ 'a.py': numbered, 'c.py': 'c\n', 'old/d.py': numbered, 'e.py': 'e\n' });
    theirs.write({ 'a.py': changed(3, 'three\n'), 'deep/b.py': 'b\n', 'new/d.py': changed(9, 'nine\n') });
    rmSync(theirs.at('c.py'));
    rmSync(theirs.at('old'), { recursive: true });
    expect(await apply(ours, theirs.patch())).toBe(
      'Applied: 4 files (a.py, c.py deleted, deep/b.py new, new/d.py renamed from old/d.py)',
    );
    expect([ours.read('a.py'), ours.read('deep/b.py'), ours.read('new/d.py')]).toEqual([
      changed(3, 'three\n'),
      'b\n',
      changed(9, 'nine\n'),
    ]);
    expect([existsSync(ours.at('c.py')), existsSync(ours.at('old'))]).toEqual([false, false]);
  });

  it('to files with edits that are neither staged nor committed, and leaves the index as it is', async () => {
    const [ours, theirs] = family({ x: numbered, y: 'y\n' });
    ours.write({ x: changed(20, 'twenty\n'), y: 'staged\n' });
    ours.git('add', 'y');
    ours.write({ y: 'staged, then edited\n', untracked: 'u\n' });
    const before = readFileSync(ours.at('.git/index'), 'latin1');
    const folder = readdirSync(ours.at('.git')).sort();
    expect(await apply(ours, theirs.write({ x: changed(3, 'three\n') }).patch())).toBe('Applied: 1 file (x)');
    expect(ours.read('x')).toBe(changed(20, 'twenty\n').replace('line 3\n', 'three\n'));
    expect([ours.read('y'), ours.read('untracked')]).toEqual(['staged, then edited\n', 'u\n']);
    expect(readFileSync(ours.at('.git/index'), 'latin1')).toBe(before);
    expect(readdirSync(ours.at('.git')).sort()).toEqual(folder);
  });

  it('what moved far from where it was', async () => {
    const [ours, theirs] = family({ x: numbered });
    ours.write({ x: 'new\n'.repeat(500) + numbered.replace('line 20\n', '') });
    expect(await apply(ours, theirs.write({ x: changed(10, 'ten\n') }).patch())).toBe('Applied: 1 file (x)');
    expect(ours.read('x')).toBe('new\n'.repeat(500) + changed(10, 'ten\n').replace('line 20\n', ''));
  });

  it('edits to a file that the patch renames', async () => {
    const [ours, theirs] = family({ x: numbered });
    ours.write({ x: changed(20, 'twenty\n') });
    theirs.write({ x: changed(3, 'three\n') });
    renameSync(theirs.at('x'), theirs.at('ü\n"y"'));
    expect(await apply(ours, theirs.patch())).toBe(`Applied: 1 file ('ü\\n"y"' renamed from x)`);
    expect(ours.read('ü\n"y"')).toBe(changed(20, 'twenty\n').replace('line 3\n', 'three\n'));
  });

  it('binary files, modes, links, empty files, and what has no final newline', async () => {
    const image = Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7) % 256));
    const [ours, theirs] = family({ 'a.bin': image, script: '#!/bin/sh\n', text: 'no end', kind: 'a file\n' });
    theirs.write({ 'a.bin': Buffer.from(image).fill(0, 100, 200), 'b.bin': image, empty: '', text: 'still no end' });
    chmodSync(theirs.at('script'), 0o755);
    rmSync(theirs.at('kind'));
    symlinkSync('text', theirs.at('kind'));
    symlinkSync('/nowhere', theirs.at('link'));
    expect(await apply(ours, theirs.patch())).toMatch(/^Applied: \d files \(/);
    for (const name of ['a.bin', 'b.bin', 'empty', 'text']) expect(ours.read(name)).toBe(theirs.read(name));
    expect(statSync(ours.at('script')).mode & 0o777).toBe(0o777 & ~process.umask());
    expect([readlinkSync(ours.at('link')), readlinkSync(ours.at('kind'))]).toEqual(['/nowhere', 'text']);
  });

  it('a folder in place of a file, and a file in place of a folder or of a link to one', async () => {
    const source = repository({ a: 'a\n', 'b/x': 'x\n', 'real/z': 'z\n' });
    symlinkSync('real', source.at('c'));
    source.commit();
    const [ours, theirs] = [source.clone(freshPath()), source.clone(freshPath())];
    for (const name of ['a', 'b', 'c']) rmSync(theirs.at(name), { recursive: true });
    theirs.write({ 'a/x': 'x\n', b: 'b\n', 'c/z': 'another z\n' });
    expect(await apply(ours, theirs.patch())).toMatch(/^Applied: \d files/);
    expect([ours.read('a/x'), ours.read('b'), ours.read('c/z'), ours.read('real/z')]).toEqual([
      'x\n',
      'b\n',
      'another z\n',
      'z\n',
    ]);
  });

  it('CRLF and trailing whitespace as they are', async () => {
    const lines = numbered.replaceAll('\n', ' \t\r\n');
    const [ours, theirs] = family({ x: lines });
    ours.git('config', 'core.autocrlf', 'true');
    ours.git('config', 'apply.whitespace', 'fix');
    theirs.write({ x: lines.replace('line 3', 'three'), y: 'new  \r\n\t \n\n\n' });
    expect(await apply(ours, theirs.patch())).toBe('Applied: 2 files (x, y new)');
    expect([ours.read('x'), ours.read('y')]).toEqual([theirs.read('x'), theirs.read('y')]);
  });

  it('files whose line ends .gitattributes converts', async () => {
    const [ours, theirs] = family({ '.gitattributes': '* text=auto eol=crlf\n', x: numbered });
    ours.write({ x: changed(20, 'twenty\n').replaceAll('\n', '\r\n') });
    theirs.write({ x: changed(3, 'three\n').replaceAll('\n', '\r\n') });
    expect(await apply(ours, theirs.patch())).toBe('Applied: 1 file (x)');
    expect(ours.read('x')).toBe(changed(20, 'twenty\n').replace('line 3\n', 'three\n').replaceAll('\n', '\r\n'));
  });

  it('to contents and names that are not UTF-8', async () => {
    const latin = Buffer.from('caf\xe9\n', 'latin1');
    const [ours, theirs] = family({ x: Buffer.concat([latin, Buffer.from(numbered)]) });
    theirs.write({ x: Buffer.concat([latin, Buffer.from(changed(20, 'é\n'))]), 'line\nbreak "q" ü': '1\n' });
    const name = Buffer.concat([Buffer.from(`${theirs.root}/`), latin.subarray(0, 4)]);
    writeFileSync(name, 'n\n');
    expect(await apply(ours, theirs.patch())).toBe(`Applied: 3 files ('caf\\udce9' new, 'line\\nbreak "q" ü' new, x)`);
    expect(ours.read('x')).toBe(theirs.read('x'));
    theirs.commit().write({ x: Buffer.concat([Buffer.from('th\xe9\n', 'latin1'), Buffer.from(changed(20, 'é\n'))]) });
    const escaped = 'apply_patch(bytes(given).decode("utf-8", "surrogateescape"))';
    const bytes = [...Buffer.from(theirs.patch(), 'latin1')];
    expect(await functions().evaluate(ours.root, escaped, bytes)).toBe('Applied: 1 file (x)');
    expect(ours.read('x')).toBe(theirs.read('x'));
  });

  it('new files that .gitignore ignores', async () => {
    const [ours, theirs] = family({ '.gitignore': 'build/\n', x: 'x\n' });
    ours.write({ 'build/own': 'o\n' });
    theirs.write({ 'build/made': 'm\n' });
    theirs.git('add', '-f', 'build/made');
    expect(await apply(ours, theirs.patch())).toBe('Applied: 1 file (build/made new)');
    expect(readdirSync(ours.at('build')).sort()).toEqual(['made', 'own']);
  });

  it('what other clones of the commit made, one after the other', async () => {
    const source = repository({ x: numbered });
    const ours = source.clone(freshPath());
    for (const line of [3, 12, 20]) {
      const theirs = source.clone(freshPath()).write({ x: changed(line, `by ${line}\n`) });
      expect(await apply(ours, theirs.patch())).toBe('Applied: 1 file (x)');
    }
    expect(ours.read('x').match(/by \d+/g)).toEqual(['by 3', 'by 12', 'by 20']);
  });

  it('a patch of many megabytes', async () => {
    const [ours, theirs] = family({ x: 'x\n' });
    theirs.write({ x: `${'0123456789abcdef'.repeat(64)}\n`.repeat(20_000) });
    expect(await apply(ours, theirs.patch())).toBe('Applied: 1 file (x)');
    expect(ours.read('x') === theirs.read('x')).toBe(true);
  });

  it('in a repository of SHA-256 objects', async () => {
    const source = newRepository(freshPath(), '--object-format=sha256').write({ x: numbered }).commit();
    const [ours, theirs] = [source.clone(freshPath()), source.clone(freshPath())];
    ours.write({ x: changed(20, 'twenty\n') });
    expect(await apply(ours, theirs.write({ x: changed(18, 'eighteen\n') }).patch())).toBe('Applied: 1 file (x)');
  });

  it('what it can without a repository', async () => {
    const [ours, theirs] = family({ x: numbered });
    rmSync(ours.at('.git'), { recursive: true });
    expect(await apply(ours, theirs.write({ x: changed(3, 'three\n') }).patch())).toBe('Applied: 1 file (x)');
    expect(readdirSync(ours.root)).toEqual(['x']);
  });

  it('with a broken or locked index', async () => {
    const [ours, theirs] = family({ x: numbered });
    ours.write({ '.git/index': 'broken', '.git/index.lock': '' });
    expect(await apply(ours, theirs.write({ x: changed(3, 'three\n') }).patch())).toBe('Applied: 1 file (x)');
    expect(ours.read('.git/index')).toBe('broken');
  });
});

describe('apply_patch takes the diff that a model wrote', () => {
  const body = '@@ -2,3 +2,3 @@\n line 2\n-line 3\n+three\n line 4\n';

  it.each([
    ['with a/ and b/', `--- a/s/x\n+++ b/s/x\n${body}`],
    ['without them', `--- s/x\n+++ s/x\n${body}`],
    ['with time stamps', `--- a/s/x\t2026-01-01 00:00:00\n+++ b/s/x\t2026-01-01 00:00:00\n${body}`],
    ['with prose around it', `Here it is:\n\`\`\`diff\n--- a/s/x\n+++ b/s/x\n${body}\`\`\`\n`],
    ['without a final newline', `--- a/s/x\n+++ b/s/x\n${body}`.trimEnd()],
    ['with wrong line counts', `--- a/s/x\n+++ b/s/x\n${body.replace('-2,3 +2,3', '-2,9 +2,7')}`],
    ['with wrong line numbers', `--- a/s/x\n+++ b/s/x\n${body.replace('-2,3 +2,3', '-12,3 +12,3')}`],
    ['with made-up blobs', `diff --git a/s/x b/s/x\nindex 1234567..89abcde 100644\n--- a/s/x\n+++ b/s/x\n${body}`],
  ])('%s', async (_, patch) => {
    const ours = repository({ 's/x': numbered }).clone(freshPath());
    expect(await apply(ours, patch)).toBe('Applied: 1 file (s/x)');
    expect(ours.read('s/x')).toBe(changed(3, 'three\n'));
  });

  it('with whole paths', async () => {
    const ours = repository({ 's/x': numbered }).clone(freshPath());
    expect(await apply(ours, `--- ${ours.at('s/x')}\n+++ ${ours.at('s/x')}\n${body}`)).toBe('Applied: 1 file (s/x)');
  });

  it('for a new file', async () => {
    const ours = repository({ x: 'x\n' }).clone(freshPath());
    expect(await apply(ours, '--- /dev/null\n+++ s/y\n@@ -0,0 +1 @@\n+-- y\n')).toBe('Applied: 1 file (s/y new)');
    expect(ours.read('s/y')).toBe('-- y\n');
  });
});

describe('apply_patch with conflicts', () => {
  it('marks them, applies the rest, and names both', async () => {
    const [ours, theirs] = family({ x: numbered, y: numbered, z: 'z\n' });
    ours.write({ x: changed(3, 'ours\n'), y: changed(3, 'ours\n') });
    theirs.write({ x: changed(3, 'theirs\n'), y: changed(3, 'theirs\n'), z: 'zz\n' });
    expect(await apply(ours, theirs.patch())).toBe(
      'Error: conflicts in x, y: they are marked with <<<<<<< and >>>>>>>; resolve them with edit_file. Applied: 1 file (z)',
    );
    expect(ours.read('x')).toBe(changed(3, '<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs\n'));
    expect(ours.read('z')).toBe('zz\n');
  });

  it('marks them in a file that both made', async () => {
    const [ours, theirs] = family({ x: 'x\n' });
    ours.write({ y: 'ours\n' });
    expect(await apply(ours, theirs.write({ y: 'theirs\n' }).patch())).toMatch(
      /^Error: conflicts in y: they are marked/,
    );
    expect(ours.read('y')).toContain('ours\n=======\ntheirs\n');
  });

  it('keeps binary files that both changed as they were', async () => {
    const [ours, theirs] = family({ 'x.bin': Buffer.from([0, 1, 2]), y: 'y\n' });
    ours.write({ 'x.bin': Buffer.from([0, 1, 3]) });
    theirs.write({ 'x.bin': Buffer.from([0, 1, 4]), y: 'yy\n' });
    expect(await apply(ours, theirs.patch())).toBe(
      'Error: conflicts in x.bin, which cannot be merged and was left as before. Applied: 1 file (y)',
    );
    expect([ours.read('x.bin'), ours.read('y')]).toEqual(['\0\x01\x03', 'yy\n']);
  });
});

describe('apply_patch with conflicts in links', () => {
  it('keeps them as they were', async () => {
    const source = repository({ x: numbered });
    symlinkSync('base', source.at('link'));
    source.commit();
    const [ours, theirs] = [source.clone(freshPath()), source.clone(freshPath())];
    for (const clone of [ours, theirs]) rmSync(clone.at('link'));
    symlinkSync('ours', ours.at('link'));
    symlinkSync('theirs', theirs.at('link'));
    ours.write({ x: changed(3, 'ours\n') });
    theirs.write({ x: changed(3, 'theirs\n') });
    expect(await apply(ours, theirs.patch())).toBe(
      'Error: conflicts in x: they are marked with <<<<<<< and >>>>>>>; resolve them with edit_file. There are more in link, which cannot be merged and was left as before.',
    );
    expect(readlinkSync(ours.at('link'))).toBe('ours');
  });
});

describe('apply_patch changes nothing', () => {
  it('for an empty patch', async () => {
    const [ours] = family({ x: 'x\n' });
    expect(await apply(ours, '')).toBe('Nothing to apply: the patch is empty.');
    expect(await apply(ours, ' \n\n')).toBe('Nothing to apply: the patch is empty.');
  });

  it('for a patch that is applied already', async () => {
    const [ours, theirs] = family({ x: numbered, d: 'd\n' });
    theirs.write({ x: changed(3, 'three\n'), y: 'y\n' });
    const patch = theirs.patch();
    await apply(ours, patch);
    const before = ours.state();
    expect(await apply(ours, patch)).toBe('Nothing to apply: the patch is applied already.');
    rmSync(theirs.at('d'));
    const deletion = theirs.patch();
    await apply(ours, deletion);
    expect(await apply(ours, deletion)).toMatch(/^(Nothing to apply|Error: nothing was applied)/);
    ours.write({ d: 'd\n' });
    expect(ours.state()).toEqual(before);
    const plain = '--- a/x\n+++ b/x\n@@ -2,3 +2,3 @@\n line 2\n-line 3\n+three\n line 4\n';
    expect(await apply(ours, plain)).toBe('Nothing to apply: the patch is applied already.');
  });

  it('when one file of the patch cannot be changed, and says why in a line', async () => {
    const [ours, theirs] = family({ x: numbered, y: 'y\n', 'b.bin': Buffer.from([0, 1]) });
    ours.write({ y: 'edited\n' });
    theirs.write({ x: changed(3, 'three\n'), 'new/z': 'z\n' });
    rmSync(theirs.at('y'));
    const before = ours.state();
    expect(await apply(ours, theirs.patch())).toMatch(/^Error: nothing was applied: .*y: patch does not apply$/);
    expect(await apply(ours, '--- a/none\n+++ b/none\n@@ -1 +1 @@\n-a\n+b\n')).toMatch(
      /^Error: nothing was applied: none: does not exist in index$/,
    );
    expect(await apply(ours, '--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n line 1\n-line two\n+b\n')).toMatch(
      /^Error: nothing was applied: patch failed: x:1; x: patch does not apply$/,
    );
    expect(ours.state()).toEqual(before);
  });

  it('when a folder is in the way, or a file where a folder would be', async () => {
    const [ours, theirs] = family({ x: numbered });
    ours.write({ 'new/own': 'o\n', place: 'p\n' });
    const before = ours.state();
    theirs.write({ x: changed(3, 'three\n'), new: 'n\n' });
    expect(await apply(ours, theirs.patch())).toMatch(/^Error: nothing was applied: /);
    rmSync(theirs.at('new'));
    theirs.write({ 'place/deep/z': 'z\n', 'other/deep/z': 'z\n' });
    expect(await apply(ours, theirs.patch())).toMatch(/^Error: nothing was applied: /);
    expect(ours.state()).toEqual(before);
  });

  it('when the disk is full in the midst of it', async () => {
    const [ours, theirs] = family({ a: 'a\n', c: 'c\n', 'f/x': 'x\n', m: numbered, old: numbered });
    for (const name of ['c', 'f']) rmSync(theirs.at(name), { recursive: true });
    theirs
      .write({ 'c/x': 'c\n', f: 'f\n' })
      .write({ a: 'aa\n', 'n/y': 'y\n', 'n/z': `${'z'.repeat(200)}\n`.repeat(3_000) });
    renameSync(theirs.at('old'), theirs.at('b'));
    const patch = theirs.patch();
    const before = ours.state();
    const limited =
      '[resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY)), apply_patch(given), resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)][1]';
    expect(await functions().evaluate(ours.root, limited, patch)).toMatch(/^Error: nothing was applied: /);
    expect(ours.state()).toEqual(before);
    expect(await apply(ours, patch)).toMatch(
      /^Applied: 7 files \(a, b renamed from old, c\/x renamed from c, f new, f\/x deleted,/,
    );
  });

  it('when it is interrupted in the midst of it, and lets the interrupt through', async () => {
    const [ours, theirs] = family({ a: 'a\n', x: numbered });
    const bin = freshPath();
    mkdirSync(bin);
    const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
    // Interrupts its caller when the patch is applied, and then takes its time, as a slow disk would.
    const script = `#!/bin/sh\n${git} "$@"; code=$?\ncase "$*" in *--3way*) kill -INT $PPID; exec sleep 20;; esac\nexit $code\n`;
    writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
    theirs.write({ a: 'aa\n', x: changed(3, 'three\n'), 'new/y': 'y\n' });
    const patch = theirs.patch();
    const before = ours.state();
    const path = `[os.environ.update(PATH="${bin}:" + os.environ["PATH"]), apply_patch(given)]`;
    expect(await functions().evaluate(ours.root, path, patch)).toBe('raised KeyboardInterrupt()');
    const back = `os.environ.update(PATH=os.environ["PATH"].replace("${bin}:", ""))`;
    await functions().evaluate(ours.root, back);
    expect(ours.state()).toEqual(before);
    expect(await apply(ours, patch)).toMatch(/^Applied: 3 files/);
  });

  it.each([
    ['apply_patch()', "apply_patch() is missing 'text'"],
    ['apply_patch(None)', 'the patch must be a str, not NoneType'],
    ['apply_patch(("answer", "patch"))', 'the patch must be a str, not tuple'],
    ['apply_patch(type("R", (), {"patch": ""})())', 'the patch must be a str, not R; give its .patch'],
    ['apply_patch("Error: the sub-agent failed")', 'no patch, but the error of a call: the sub-agent failed'],
    ['apply_patch("some text")', 'this is no patch that git can read: '],
    ['apply_patch("\\ud800 --- a/x")', "the character '\\ud800'"],
    ['apply_patch("--- a/x\\n+++ b/x\\n@@ @@\\n-x\\n+y\\n")', 'this is no patch that git can read: '],
    ['apply_patch(given, 1)', 'takes 1 argument(s) but 2 were given'],
  ])('for %s', async (expression, message) => {
    const ours = repository({ x: 'x\n' });
    const before = ours.state();
    const answer = await functions().evaluate(ours.root, expression);
    expect(answer).toMatch(/^Error: [ -~]+$/);
    expect(answer).toContain(message);
    expect(ours.state()).toEqual(before);
  });

  it('where git is not installed', async () => {
    const ours = repository({ x: 'x\n' });
    const path = '[os.environ.get("PATH"), os.environ.update(PATH="/nowhere"), apply_patch("--- a/x\\n")]';
    const restore = `(lambda found: [os.environ.update(PATH=found[0]), found[2]][1])(${path})`;
    expect(await functions().evaluate(ours.root, restore)).toBe(
      'Error: git is not installed here; edit the files instead',
    );
  });
});

describe('apply_patch writes nowhere else', () => {
  const created = (path: string) => `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;

  it.each(['.git/hooks/post-checkout', '.git/config.new', 'sub/.git/config', '.GIT/x', '../x', 'a/../../x', '/x'])(
    'such as %s',
    async (path) => {
      const ours = repository({ x: 'x\n' }).clone(freshPath());
      const before = ours.state();
      expect(await apply(ours, created(path))).toMatch(/^Error: /);
      expect(ours.state()).toEqual(before);
      expect(existsSync(join(ours.root, '..', 'x'))).toBe(false);
      expect(existsSync('/x')).toBe(false);
    },
  );

  it('also not through links, be they tracked, untracked or ignored', async () => {
    const outside = freshPath();
    mkdirSync(outside);
    const source = repository({ '.gitignore': 'ignored\n', x: 'x\n' });
    symlinkSync(outside, source.at('tracked'));
    const ours = source.commit().clone(freshPath());
    symlinkSync(outside, ours.at('untracked'));
    symlinkSync(outside, ours.at('ignored'));
    symlinkSync('untracked', ours.at('second'));
    for (const name of ['tracked', 'untracked', 'ignored', 'second', 'ignored/deep']) {
      expect(await apply(ours, created(`${name}/new`))).toMatch(
        /^Error: nothing was applied: .*beyond a symbolic link$/,
      );
    }
    writeFileSync(join(outside, 'x'), 'x\n');
    const edited = '--- a/ignored/x\n+++ b/ignored/x\n@@ -1 +1 @@\n-x\n+y\n';
    expect(await apply(ours, edited)).toMatch(/^Error: nothing was applied: /);
    const planted = `diff --git a/way b/way\nnew file mode 120000\n--- /dev/null\n+++ b/way\n@@ -0,0 +1 @@\n+${outside}\n\\ No newline at end of file\n`;
    expect(await apply(ours, planted + created('way/new'))).toMatch(
      /^Error: nothing was applied: .*beyond a symbolic link$/,
    );
    expect(readdirSync(outside)).toEqual(['x']);
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('x\n');
  });

  it('runs no hook, filter, merge or diff program, and no pager', async () => {
    const [ours, theirs] = family({ '.gitattributes': 'x filter=evil merge=evil diff=evil\n', x: numbered });
    const trace = freshPath();
    for (const [key, value] of [
      ['filter.evil.clean', `touch ${trace}; cat`],
      ['filter.evil.smudge', `touch ${trace}; cat`],
      ['filter.evil.process', `touch ${trace}`],
      ['filter.evil.required', 'true'],
      ['merge.evil.driver', `touch ${trace}`],
      ['diff.evil.textconv', `touch ${trace}; cat`],
      ['diff.evil.command', `touch ${trace}`],
      ['core.fsmonitor', `touch ${trace}`],
      ['core.pager', `touch ${trace}`],
      ['core.hooksPath', '.git/own-hooks'],
      ['core.worktree', '/nowhere'],
    ] as const)
      execFileSync('git', ['config', '--file', ours.at('.git/config'), key, value]);
    for (const folder of ['hooks', 'own-hooks']) {
      for (const hook of ['post-index-change', 'pre-applypatch', 'post-checkout', 'reference-transaction']) {
        ours.write({ [`.git/${folder}/${hook}`]: `#!/bin/sh\ntouch ${trace}\n` });
        chmodSync(ours.at(`.git/${folder}/${hook}`), 0o755);
      }
    }
    ours.write({ x: changed(20, 'twenty\n') });
    const patch = theirs.write({ x: changed(3, 'three\n') }).patch();
    const hostile = `[os.environ.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="core.fsmonitor", GIT_CONFIG_VALUE_0="touch ${trace}", GIT_INDEX_FILE="/nowhere"), apply_patch(given), [os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")]][1]`;
    expect(await functions().evaluate(ours.root, hostile, patch)).toBe('Applied: 1 file (x)');
    expect(ours.read('x')).toBe(changed(20, 'twenty\n').replace('line 3\n', 'three\n'));
    expect(existsSync(trace)).toBe(false);
  });
});
