import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { useWorkspaceFunctions } from '../support/workspace-functions.ts';

const { functions, freshPath } = useWorkspaceFunctions();
let root: string;

beforeEach(() => {
  root = freshPath();
  mkdirSync(root);
});

const at = (name: string) => join(root, name);
const write = (name: string, content: string | Buffer) => writeFileSync(at(name), content);
const read = (name: string) => readFileSync(at(name), 'utf8');
const bytes = (name: string) => readFileSync(at(name)).toString('latin1');
const latin = (text: string) => Buffer.from(text, 'latin1');
const edit = (path: string, old: string, replacement: string, all = false) =>
  functions().evaluate(root, 'edit_file(*given)', [path, old, replacement, all]);
const evaluate = (expression: string, given: unknown = null) => functions().evaluate(root, expression, given);

/** Nothing but the files that the test itself made. */
const files = () => readdirSync(root).sort();

describe('edit_file replaces', () => {
  it('the one occurrence, and says at which line', async () => {
    mkdirSync(at('src'));
    write('src/x.txt', 'one\ntwo\nthree\n');
    expect(await edit('src/x.txt', 'two', 'TWO\nand more')).toBe('Edited src/x.txt: 1 replacement at line 2.');
    expect(read('src/x.txt')).toBe('one\nTWO\nand more\nthree\n');
    expect(readdirSync(at('src'))).toEqual(['x.txt']);
  });

  it('all occurrences with replace_all, and says where the first few are', async () => {
    write('x', 'a\na\nb\na\n');
    expect(await evaluate('edit_file("x", "a", "aa", replace_all=True)')).toBe(
      'Edited x: 3 replacements at lines 1, 2, 4.',
    );
    expect(read('x')).toBe('aa\naa\nb\naa\n');
    write('x', 'a\n'.repeat(9));
    expect(await edit('x', 'a\n', '', true)).toBe('Edited x: 9 replacements at lines 1, 2, 3, 4, 5, ….');
    expect(read('x')).toBe('');
  });

  it('by absolute path, pathlib.Path, bytes, or with detours that stay inside', async () => {
    write('x', '1');
    expect(await edit(at('x'), '1', '2')).toBe('Edited x: 1 replacement at line 1.');
    expect(await evaluate('edit_file(Path("x"), "2", "3")')).toBe('Edited x: 1 replacement at line 1.');
    expect(await evaluate('edit_file(b"x", "3", "4")')).toBe('Edited x: 1 replacement at line 1.');
    expect(await edit('none/../x', '4', '5')).toBe('Edited x: 1 replacement at line 1.');
    expect(await evaluate('edit_file(path="x", old="5", new="6")')).toBe('Edited x: 1 replacement at line 1.');
    expect(read('x')).toBe('6');
  });

  it('in the target of a link, which stays a link', async () => {
    write('x', '1');
    symlinkSync('x', at('link'));
    expect(await edit('link', '1', '2')).toBe('Edited link: 1 replacement at line 1.');
    expect([readlinkSync(at('link')), read('x')]).toEqual(['x', '2']);
  });

  it('also where the workspace itself is reached through a link', async () => {
    write('x', '1');
    const link = freshPath();
    symlinkSync(root, link);
    expect(await functions().evaluate(link, 'edit_file(root + "/x", "1", "2")')).toMatch(/^Edited x:/);
  });

  it('under nasty names, which messages show readably on one line', async () => {
    for (const [name, shown] of [
      ['with space', 'with space'],
      ['line\nbreak', "'line\\nbreak'"],
      ['quote\'"', 'quote\'"'],
      [' edge', "' edge'"],
      ['-dash', '-dash'],
      ['[*?]', '[*?]'],
      ['ünï 🎉', 'ünï 🎉'],
      ['bidi\u202e', "'bidi\\u202e'"],
    ] as const) {
      write(name, 'a');
      expect(await edit(name, 'a', 'b')).toBe(`Edited ${shown}: 1 replacement at line 1.`);
      expect(read(name)).toBe('b');
    }
    expect(await evaluate(`edit_file("caf\\udce9", "", "x\\n")`)).toBe("Created 'caf\\udce9' (1 line).");
    expect(await evaluate('os.listdir(os.fsencode(root)).count(b"caf\\xe9")')).toBe(1);
    expect(await edit('n'.repeat(255), '', 'x')).toMatch(/^Created n+…n+ \(1 line\)\.$/);
  });

  it('in a file of 200 MB', async () => {
    await evaluate('Path(root, "big").write_bytes(b"0123456789abcde\\n" * 12_500_000 + b"end")');
    expect(await edit('big', 'de\nend', 'de\nEND')).toBe('Edited big: 1 replacement at line 12500000.');
    expect(statSync(at('big')).size).toBe(200_000_003);
    expect(await evaluate('Path(root, "big").read_bytes()[-9:].decode()')).toBe('9abcde\nEND'.slice(-9));
    expect(await edit('big', 'fedcba', 'x')).toMatch(/^Error: old does not occur in big/);
    expect(await edit('big', '5', '', true)).toBe('Edited big: 12500000 replacements at lines 1, 2, 3, 4, 5, ….');
    expect(statSync(at('big')).size).toBe(187_500_003);
    await evaluate('os.unlink(root + "/big")');
  });

  it('one after the other when threads edit the same file', async () => {
    write('x', Array.from({ length: 40 }, (_, i) => `<${i}>\n`).join(''));
    const threads = `[t.start() or t for t in [threading.Thread(target=edit_file, args=("x", f"<{i}>", f"({i})")) for i in range(40)]]`;
    await evaluate(`[t.join() for t in ${threads}]`);
    expect(read('x')).not.toContain('<');
  });
});

describe('edit_file refuses, and changes nothing', () => {
  it('an old that occurs several times, naming the lines', async () => {
    write('x', 'a\nb\na\n');
    expect(await edit('x', 'a', 'c')).toBe(
      'Error: old occurs 2 times in x, at lines 1, 3; give more of the text around it, or replace_all=True',
    );
    write('y', 'a\n'.repeat(100));
    expect(await edit('y', 'a', 'c')).toContain('occurs 100 times in y, at lines 1, 2, 3, 4, 5, …; give');
    write('z', '}\n}\n}\n');
    expect(await edit('z', '}\n}\n', '}\n')).toContain('occurs 2 times in z, at lines 1, 2;');
    expect(read('x') + read('z')).toBe('a\nb\na\n}\n}\n}\n');
  });

  it('an old that stands there with other whitespace, and says where and how', async () => {
    write('x', 'def f():\n\tif a:\n\t\treturn g(1,2)\n');
    expect(await edit('x', '    if a:\n        return g(1, 2)', '')).toBe(
      "Error: old does not occur in x; with other whitespace it stands at line 2, where line 2 is '\\tif a:': copy it exactly",
    );
    expect(await edit('x', '\tif a:\n\t\treturn g(1, 2)', '')).toContain("line 3 is '\\t\\treturn g(1,2)'");
    write('y', 'a  b\r\nc\r\n');
    expect(await edit('y', 'a b\nc', '')).toContain("stands at line 1, where line 1 is 'a  b'");
  });

  it('an old that is not there, and says which line is most like it', async () => {
    write('x', 'alpha = 1\nthe_colour = "red"\nomega = 3\n');
    expect(await edit('x', 'alpha = 1\nthe_color = "red"\n', '')).toBe(
      'Error: old does not occur in x; the line most similar to \'the_color = "red"\' is line 2: \'the_colour = "red"\'',
    );
    expect(await edit('x', 'omega = 3\nalpha = 1', '')).toContain('each of its lines occurs, but not in this order');
    expect(await edit('x', '§§§§', '')).toBe(
      'Error: old does not occur in x, nor anything like it; read the file again',
    );
    expect(await edit('x', '\n\n\n', '')).toContain('nor anything like it');
  });

  it('an old that is the new', async () => {
    write('x', 'a\r\n');
    expect(await edit('x', 'a', 'a')).toBe('Error: old and new are the same: nothing to do');
    expect(await edit('x', 'a\r\n', 'a\n')).toContain('differ only in line ends, which stay as the file has them');
  });

  it('paths outside of the workspace', async () => {
    const outside = freshPath();
    mkdirSync(outside);
    writeFileSync(join(outside, 'x'), 'a');
    symlinkSync(join(outside, 'x'), at('link'));
    symlinkSync(outside, at('folder'));
    symlinkSync(join(outside, 'new'), at('dangling'));
    for (const path of ['../x', '/etc/passwd', join(outside, 'x'), `${root}-beside/x`, `${root}/../x`]) {
      expect(await edit(path, 'a', 'b')).toMatch(/^Error: .* is outside of .*; only files inside of it can be edited$/);
    }
    expect(await edit('link', 'a', 'b')).toContain(`(it leads to ${outside}/x)`);
    expect(await edit('folder/x', 'a', 'b')).toContain('is outside of');
    expect(await edit('folder/new', '', 'b')).toContain('is outside of');
    expect(await edit('dangling', '', 'b')).toContain('is outside of');
    expect(readdirSync(outside)).toEqual(['x']);
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('a');
  });

  it('whatever is inside of .git', async () => {
    mkdirSync(at('.git'));
    write('.git/config', 'a');
    symlinkSync('.git/config', at('link'));
    write('.gitignore', 'a');
    for (const path of ['.git/config', '.git/new', 'sub/.git/config', '.GIT/config', 'link', '.git']) {
      expect(await edit(path, path.endsWith('new') ? '' : 'a', 'b')).toMatch(/^Error: .* is inside of \.git/);
    }
    expect(await edit('.gitignore', 'a', 'b')).toMatch(/^Edited \.gitignore/);
    expect(read('.git/config')).toBe('a');
  });

  it('folders, FIFOs, sockets and loops of links, without blocking', async () => {
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync('loop', at('loop'));
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await edit('folder', 'a', 'b')).toBe('Error: folder is a folder; only text files can be edited');
    expect(await edit('folder/', '', 'b')).toBe('Error: folder is a folder; give the path of a file');
    expect(await edit('new/', '', 'b')).toBe('Error: new is a folder; give the path of a file');
    expect(await edit('.', 'a', 'b')).toContain('is a folder');
    expect(await edit('fifo', 'a', 'b')).toBe('Error: fifo is a FIFO; only text files can be edited');
    expect(await edit('fifo', '', 'b')).toContain('is a FIFO');
    expect(await edit('socket', 'a', 'b')).toContain('is a socket');
    expect(await edit('loop', 'a', 'b')).toMatch(/^Error: loop cannot be edited: Too many levels of symbolic links/);
    server.close();
  });

  it('binary files, and those beyond the limit', async () => {
    write('x.bin', Buffer.from([1, 2, 0, 3]));
    expect(await edit('x.bin', 'a', 'b')).toBe('Error: x.bin is a binary file; edit_file edits text only');
    await evaluate('[Path(root, "zeros").touch(), os.truncate(root + "/zeros", 200_000_000)]');
    expect(await edit('zeros', 'a', 'b')).toContain('is a binary file');
    await evaluate('os.truncate(root + "/zeros", 50_000_000_000)');
    expect(await edit('zeros', 'a', 'b')).toBe('Error: zeros is too large to edit (47683 MiB; the limit is 256 MiB)');
    write('x', 'a');
    expect(await edit('x', 'a', 'b\0')).toContain('new has a NUL character');
  });

  it('a file that does not exist, or a path through a file', async () => {
    write('x', 'a');
    expect(await edit('y', 'a', 'b')).toBe('Error: y does not exist; check the path, or give "" as old to create it');
    expect(await edit('x/y', '', 'b')).toBe('Error: x/y cannot be edited: Not a directory; nothing was written');
    expect(await edit('n'.repeat(256), '', 'b')).toMatch(/^Error: n+…n+ cannot be edited: File name too long/);
    expect(files()).toEqual(['x']);
  });

  it.each([
    ['edit_file()', "edit_file() is missing 'path', 'old', 'new'; it is called as edit_file(path: str, old: str,"],
    ['edit_file("x", "a")', "is missing 'new'"],
    ['edit_file("x", "a", "b", True, 1)', 'takes 4 argument(s) but 5 were given'],
    ['edit_file("x", old_string="a", new_string="b")', "unexpected argument 'old_string'"],
    ['edit_file(None, "a", "b")', 'path must be a str or a pathlib.Path, not NoneType'],
    ['edit_file("", "a", "b")', 'path is empty'],
    ['edit_file("x\\0y", "a", "b")', 'path has a NUL character'],
    ['edit_file("x\\ud800", "a", "b")', 'cannot be the name of a file'],
    ['edit_file("p" * 10_000_000, "", "b")', 'File name too long'],
    ['edit_file("x", b"a", "b")', 'old must be a str, not bytes'],
    ['edit_file("x", "a", None)', 'new must be a str, not NoneType'],
    ['edit_file("x", "a", "b", replace_all="no")', 'replace_all must be True or False, not str'],
    [
      'edit_file(type("P", (os.PathLike,), {"__fspath__": lambda self: 1 / 0})(), "a", "b")',
      'ZeroDivisionError: division by zero',
    ],
    ['edit_file("x", "a", "\\ud800")', "'\\ud800', which cannot be written in the encoding of x (utf-8)"],
  ])('%s', async (expression, message) => {
    write('x', 'a');
    const answer = await evaluate(expression);
    expect(answer).toMatch(/^Error: [ -~…]+$/);
    expect(answer).toContain(message);
    expect(read('x')).toBe('a');
    expect(files()).toEqual(['x']);
  });
});

describe('edit_file creates', () => {
  it('a file and its missing folders when old is empty', async () => {
    expect(await edit('a/b/x.py', '', 'x = 1\n\ny = 2')).toBe('Created a/b/x.py (3 lines).');
    expect(read('a/b/x.py')).toBe('x = 1\n\ny = 2');
    expect(await edit('a/__init__.py', '', '')).toBe('Created a/__init__.py (0 lines).');
    expect(statSync(at('a/__init__.py')).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it('the target of a dangling link', async () => {
    symlinkSync('target', at('link'));
    expect(await edit('link', '', 'x\n')).toBe('Created link (1 line).');
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(read('target')).toBe('x\n');
  });

  it('content as it is given, line ends included', async () => {
    await edit('x', '', 'a\r\nb\n');
    expect(read('x')).toBe('a\r\nb\n');
  });

  it('what an empty file has, but nothing over what a file has', async () => {
    write('x', '');
    expect(await edit('x', '', '')).toBe('Error: x is empty already, and new is empty too: nothing to do');
    expect(await edit('x', '', 'a\n')).toBe('Filled x, which was empty (1 line).');
    expect(await edit('x', '', 'b\n')).toBe('Error: x exists and has 1 line; give as old the text that new replaces');
    write('y', '\ufeff');
    await edit('y', '', 'a');
    expect(read('x') + read('y')).toBe('a\n\ufeffa');
  });
});

describe('edit_file on Python code', () => {
  it('refuses to break the syntax of what compiled', async () => {
    write('x.py', 'a = 1\nb = 2\n');
    expect(await edit('x.py', 'b = 2', 'b = (2')).toMatch(
      /^Error: that would leave x\.py with a syntax error in line 2: [^;]+; nothing was written$/,
    );
    expect(await edit('x.py', 'b = 2', 'return 2')).toContain("in line 2: 'return' outside function");
    expect(await edit('new/y.pyi', '', 'def f(:\n')).toContain(
      'that would leave new/y.pyi with a syntax error in line 1',
    );
    write('empty.py', '');
    expect(await edit('empty.py', '', 'if')).toContain('that would leave empty.py with a syntax error in line 1');
    write('script', '#!/usr/bin/env python3\na = 1\n');
    expect(await edit('script', 'a = 1', 'a = = 1')).toContain('syntax error in line 2');
    expect(read('x.py') + read('script')).toBe('a = 1\nb = 2\n#!/usr/bin/env python3\na = 1\n');
    expect(files()).toEqual(['empty.py', 'script', 'x.py']);
  });

  it('lets broken code be edited, and says as long as it does not compile', async () => {
    write('x.py', 'print 1\nprint 2\n');
    expect(await edit('x.py', 'print 1', 'print(1)')).toMatch(
      /^Edited x\.py: 1 replacement at line 1\. It still does not compile, as before: line 2: Missing parentheses[^\n]*$/,
    );
    expect(await edit('x.py', 'print 2', 'print(2)')).toBe('Edited x.py: 1 replacement at line 2.');
  });

  it('does not run it, nor show its warnings', async () => {
    write('x.py', 'a = 1\n');
    const warnings = '__import__("warnings").simplefilter("error")';
    expect(await evaluate(`[${warnings}, edit_file("x.py", "1", "'\\\\d' is 3; 1/0")][1]`)).toMatch(/^Edited x\.py/);
    expect(read('x.py')).toBe("a = '\\d' is 3; 1/0\n");
  });

  it('copes with code too deep to compile', async () => {
    write('x.py', 'a = 1\n');
    expect(await evaluate('edit_file("x.py", "1", "-" * 100_000 + "1")')).toMatch(/^(Edited|Error)/);
    expect(await evaluate('edit_file("x.py", "a", "(" * 10_000)')).toMatch(/^(Edited|Error)/);
  });
});

describe('edit_file keeps', () => {
  it('CRLF: old is found with \\n, and new lines end as the others', async () => {
    write('x', 'one\r\ntwo\r\nthree');
    expect(await edit('x', 'one\ntwo\n', '1\n2\nmore\n')).toBe('Edited x: 1 replacement at line 1.');
    expect(read('x')).toBe('1\r\n2\r\nmore\r\nthree');
    expect(await edit('x', '2\r\nmore', '2\r\nless')).toMatch(/^Edited/);
    expect(await edit('x', '\nless\n', '\n')).toMatch(/^Edited/);
    expect(read('x')).toBe('1\r\n2\r\nthree');
  });

  it('LF: also where new comes with CRLF', async () => {
    write('x', 'one\ntwo\n');
    await edit('x', 'one\r\ntwo', '1\r\n2\r\n3');
    expect(read('x')).toBe('1\n2\n3\n');
  });

  it('every line that was not replaced, where line ends are mixed', async () => {
    write('x', 'a\r\nb\nc\r\nd\n');
    expect(await edit('x', 'a\nb\nc\nd\n', 'a\nb\nnew\nc\nd\n')).toMatch(/^Edited/);
    expect(read('x')).toBe('a\r\nb\nnew\r\nc\r\nd\n');
    await edit('x', 'd', 'd\ne');
    expect(read('x')).toBe('a\r\nb\nnew\r\nc\r\nd\ne\n');
    await edit('x', '\n', '\n\n', true);
    expect(read('x')).toBe('a\r\n\r\nb\n\nnew\r\n\r\nc\r\n\r\nd\n\ne\n\n');
    write('y', 'a\nb\r\na\r\nb\n');
    expect(await edit('y', 'a\nb', 'c')).toContain('occurs 2 times in y, at lines 1, 3;');
  });

  it('a missing final newline, and a byte order mark', async () => {
    write('x', '\ufeffone\ntwo');
    await edit('x', 'one', '1');
    await edit('x', 'two', '2');
    expect(read('x')).toBe('\ufeff1\n2');
    write('y.py', '\ufeffa = 1\n');
    expect(await edit('y.py', '1', '(')).toContain('syntax error in line 1');
    expect(await edit('y.py', 'a = 1', 'a = 2')).toMatch(/^Edited/);
    expect(read('y.py')).toBe('\ufeffa = 2\n');
  });

  it('UTF-16 with a byte order mark', async () => {
    for (const [encoding, mark] of [
      ['utf-16-le', '\\xff\\xfe'],
      ['utf-16-be', '\\xfe\\xff'],
    ]) {
      await evaluate(`Path(root, "x").write_bytes(b"${mark}" + "né\\r\\n🎉\\r\\n".encode("${encoding}"))`);
      expect(await edit('x', 'né\n', 'ñ\nü\n')).toMatch(/^Edited/);
      expect(await evaluate(`Path(root, "x").read_bytes().decode("${encoding}")`)).toBe('\ufeffñ\r\nü\r\n🎉\r\n');
    }
  });

  it('the encoding of a coding cookie, in Python files', async () => {
    write('x.py', latin('#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\na = "\xa4"\n'));
    expect(await edit('x.py', 'a = "€"', 'b = "€é"')).toMatch(/^Edited/);
    expect(bytes('x.py')).toBe('#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\nb = "\xa4\xe9"\n');
    expect(await edit('x.py', 'b =', 'ж =')).toBe(
      "Error: new has '\\u0436', which cannot be written in the encoding of x.py (iso-8859-15); nothing was written",
    );
    await evaluate('Path(root, "y.py").write_bytes("# coding: shift_jis\\na = \\"表\\"\\n".encode("shift_jis"))');
    expect(await edit('y.py', '表', '表示')).toMatch(/^Edited/);
    expect(await evaluate('Path(root, "y.py").read_text("shift_jis")')).toBe('# coding: shift_jis\na = "表示"\n');
    write('z.py', '# coding: latin-1-unix\na = 1\n');
    await edit('z.py', 'a = 1', 'a = "é"');
    expect(bytes('z.py')).toContain('"\xe9"');
  });

  it('a file as its coding cookie says after an edit of the cookie', async () => {
    write('x.py', latin('# coding: latin-1\na = "\xe9"\n'));
    expect(await edit('x.py', 'latin-1', 'utf-8')).toMatch(/^Edited/);
    expect(read('x.py')).toBe('# coding: utf-8\na = "é"\n');
    expect(await edit('x.py', 'utf-8', 'klingon')).toBe(
      'Error: the coding cookie names the encoding klingon, which Python does not know',
    );
    expect(await edit('new.py', '', '# coding: latin-1\na = "é"\n')).toMatch(/^Created/);
    expect(bytes('new.py')).toContain('\xe9');
  });

  it('every byte of what is not UTF-8, written as latin-1', async () => {
    const all = Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).join('');
    write('x', latin(`${all}caf\xe9`));
    expect(await edit('x', 'café', 'thé')).toMatch(/^Edited/);
    expect(bytes('x')).toBe(`${all}th\xe9`);
    expect(await edit('x', 'thé', '5 €')).toMatch(/^Error: new has '\\u20ac', which cannot be written .*\(latin-1\)/);
  });

  it('the permissions, also of a file that is read-only', async () => {
    for (const mode of [0o444, 0o755, 0o600, 0o4711]) {
      write(`x${mode}`, 'a');
      chmodSync(at(`x${mode}`), mode);
      expect(await edit(`x${mode}`, 'a', 'b')).toMatch(/^Edited/);
      expect(statSync(at(`x${mode}`)).mode & 0o7777).toBe(mode);
    }
  });

  it('the file when the disk is full, and leaves nothing else behind', async () => {
    write('x', 'a\n');
    const limited = (call: string) =>
      `[resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY)), ${call}, resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)][1]`;
    expect(await evaluate(limited('edit_file("x", "a", "b" * 2000)'))).toBe(
      'Error: x cannot be edited: File too large; nothing was written',
    );
    expect(await evaluate(limited('edit_file("p/q/y", "", "b" * 2000)'))).toMatch(/^Error: p\/q\/y cannot be edited/);
    expect(read('x')).toBe('a\n');
    expect(files()).toEqual(['x']);
  });

  it('the file when memory runs out', async () => {
    await evaluate('Path(root, "x").write_bytes("é🎉\\n".encode() * 20_000_000)');
    const limited = (call: string) =>
      `[resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, resource.RLIM_INFINITY)), ${call}, resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)][1]`;
    expect(await evaluate(limited('edit_file("x", "é", "e")'))).toBe(
      'Error: there is not enough memory to edit x; nothing was written',
    );
    expect(files()).toEqual(['x']);
    await evaluate('os.unlink(root + "/x")');
  });

  it('the file when it is interrupted, and lets the interrupt through', async () => {
    write('x', 'a');
    const raising = 'type("P", (os.PathLike,), {"__fspath__": lambda self: exec("raise KeyboardInterrupt")})()';
    expect(await evaluate(`edit_file(${raising}, "a", "b")`)).toBe('raised KeyboardInterrupt()');
    expect(await edit('x', 'a', 'b')).toMatch(/^Edited/);
    expect(existsSync(at('x'))).toBe(true);
  });
});
