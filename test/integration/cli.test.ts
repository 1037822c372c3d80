import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';
import { RunDocument } from '../../src/results/run-document.ts';
import { startScriptedServer } from '../../src/scripted/server.ts';
import { commandScripts } from '../fixtures/scripts/command.ts';
import { RlmFolder } from '../support/rlm-command.ts';
import { RlmDev } from '../support/rlm-dev.ts';

const question = ['run', 'question: str -> answer: str', '-i', 'question=How much?'];

beforeAll(() => build(() => {}));

describe('beside rlm dev', () => {
  let dev: RlmDev;
  let folder: RlmFolder;
  beforeAll(async () => {
    dev = await RlmDev.start();
    folder = dev.folder;
  });
  afterAll(() => dev[Symbol.asyncDispose]());

  test('a lone text is printed raw, and everything else goes to standard error', async () => {
    const { code, stdout, stderr } = await folder.rlm([...question, '-m', 'scripted/echo']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'How much?\n' });
    for (const words of ['scripted model', 'iterations', 'sub-agents', 'cost', 'sandboxes', 'results/', 'Web UI']) {
      expect(stderr).toContain(words);
    }
  });

  test('several outputs are printed as JSON', async () => {
    const signature = 'question: str -> parts: list[str], words: int';
    const { code, stdout, stderr } = await folder.rlm(['run', signature, '-i', 'question=x', '-m', 'scripted/tree']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ parts: ['did left', 'did right'], words: 3 });
    expect(stderr).toMatch(/├─ 1\.1 \(depth 1, 1 iteration\) left/);
    expect(stderr).toMatch(/sub-queries +3/);
  });

  test('--json prints the document that the results files and `result --json` hold', async () => {
    const { code, stdout } = await folder.rlm([
      ...question,
      '-m',
      'scripted/echo',
      '--json',
      '--id',
      'whole',
      '--quiet',
    ]);
    expect(code).toBe(0);
    const document = RunDocument.parse(JSON.parse(stdout));
    expect(document).toMatchObject({ runId: 'whole', status: 'completed', finish: 'submit', scripted: true });
    expect(document).toEqual(await folder.json('results', 'whole.json'));
    const index = await folder.json('results', 'index.json');
    expect(index).toContainEqual(expect.objectContaining({ runId: 'whole', status: 'completed' }));
    const again = await folder.rlm(['result', 'whole', '--json']);
    expect(JSON.parse(again.stdout)).toEqual(document);
  });

  test('--quiet says nothing, and -o writes what is printed', async () => {
    const result = await folder.rlm([...question, '-m', 'scripted/echo', '--quiet', '-o', 'answer.txt']);
    expect(result).toMatchObject({ code: 0, stdout: 'How much?\n', stderr: '' });
    expect(await readFile(folder.path('answer.txt'), 'utf8')).toBe('How much?\n');
  });

  test('a signature may have no inputs', async () => {
    const result = await folder.rlm(['run', '-> answer: str', '-m', 'scripted/patient', '--quiet']);
    expect(result).toMatchObject({ code: 0, stdout: '42\n' });
  });

  test('--verbose shows code, output and errors, indented by depth', async () => {
    const signature = 'question: str -> parts: list[str], words: int';
    const args = ['run', signature, '-i', 'question=x', '-m', 'scripted/tree', '--verbose', '--id', 'wordy'];
    const { stderr } = await folder.rlm(args);
    expect(stderr).toContain('│ parts = rlm_query_batched(["left", "right"])');
    expect(stderr).toContain("│ ['ONE', 'TWO', 'THREE']");
    expect(stderr).toContain('ValueError: a mistake');
    expect(stderr).toMatch(/^ {4}▶ wordy\/1\.1 started: left$/m);
    expect(stderr).toMatch(/^ {4}◀ wordy\/1\.2 completed/m);
  });

  test('files and globs are read in name order', async () => {
    await mkdir(folder.path('texts'));
    await writeFile(folder.path('texts/b.txt'), 'second');
    await writeFile(folder.path('texts/a.txt'), 'first');
    const args = ['run', 'documents: list[str] -> answer: list[str]', '-i', 'documents=@texts/*.txt'];
    const { stdout } = await folder.rlm([...args, '-m', 'scripted/echo', '--quiet']);
    expect(JSON.parse(stdout)).toEqual({ answer: ['first', 'second'] });
  });

  test('a run that ends at a limit gives its answer and exit code 3', async () => {
    const result = await folder.rlm([...question, '-m', 'scripted/talkative', '--limit', 'maxIterations=1']);
    expect(result).toMatchObject({ code: 3, stdout: 'from what there is\n' });
    expect(result.stderr).toContain('answered at a limit');
  });

  test('a run whose model refuses fails with one line that names the model, and exit code 4', async () => {
    const result = await folder.rlm([...question, '-m', 'scripted/refused', '--quiet']);
    expect(result).toMatchObject({ code: 4, stdout: '' });
    expect(result.stderr).toMatch(/^rlm: run \S+ failed: scripted\/refused: .*\n$/);
  });

  test('list, show and watch tell of runs', async () => {
    await folder.rlm([...question, '-m', 'scripted/echo', '--id', 'told', '--quiet']);
    const listed = await folder.rlm(['list']);
    expect(listed.stdout).toMatch(/^told +completed .*scripted model: How much\?$/m);
    expect(listed.stdout).not.toContain('/1.1');
    const shown = await folder.rlm(['show', 'told']);
    expect(shown.stdout).toMatch(/✓ told {2}scripted model/);
    expect(shown.stdout).toContain('SUBMIT(question)');
    const watched = await folder.rlm(['watch', 'told']);
    expect(watched).toMatchObject({ code: 0, stdout: 'How much?\n' });
    expect(watched.stderr).toContain('told started');
  });

  test('cancel ends a run, whose watcher ends with 130; cancelling it again is refused', async () => {
    const run = folder.start([...question, '-m', 'scripted/endless', '--id', 'unwanted']);
    await run.said('iteration 1');
    expect(await folder.rlm(['cancel', 'unwanted'])).toMatchObject({ code: 0, stderr: 'unwanted was cancelled\n' });
    expect(await run.ended).toMatchObject({ code: 130, stdout: '' });
    const again = await folder.rlm(['cancel', 'unwanted']);
    expect(again).toMatchObject({ code: 2, stderr: 'rlm: unwanted has ended already (cancelled)\n' });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s cancels the run and waits for its cleanup', async (signal) => {
    const run = folder.start([...question, '-m', 'scripted/endless', '--id', `stopped-by-${signal}`]);
    await run.said('iteration 1');
    run.child.kill(signal);
    expect(await run.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
    expect(await folder.json('results', `stopped-by-${signal}.json`)).toMatchObject({ status: 'cancelled' });
  });

  describe('on a terminal', () => {
    const onTerminal = (id: string, model: string, answer: string) =>
      folder.onTerminal(
        [...question, '-m', `scripted/${model}`, '--id', id],
        [
          ['running code', '\x03'],
          ['(k)eep watching?', answer],
        ],
      );

    test('the tree lives, and Ctrl-C asks what is to become of the run: cancelled', async () => {
      const { code, screen } = await onTerminal('asked-to-cancel', 'endless', 'c\r');
      expect(code).toBe(130);
      expect(screen).toMatch(/● asked-to-cancel {2}scripted model .* iteration \d {2}running code/);
      expect(await folder.json('results', 'asked-to-cancel.json')).toMatchObject({ status: 'cancelled' });
    });

    test('kept', async () => {
      const { code, screen } = await onTerminal('asked-to-keep', 'patient', 'k\r');
      expect(code).toBe(0);
      expect(screen).toContain('42');
    });

    test('detached', async () => {
      const { code, screen } = await onTerminal('asked-to-detach', 'patient', 'd\r');
      expect(code).toBe(0);
      expect(screen).toContain('rlm result asked-to-detach');
      expect(await folder.rlm(['result', 'asked-to-detach', '--quiet'])).toMatchObject({ code: 0, stdout: '42\n' });
    });

    test('watch shows the same tree, also when the terminal becomes narrow, and leaves the run going', async () => {
      const run = folder.start([...question, '-m', 'scripted/endless', '--id', 'watched-narrowly']);
      await run.said('iteration 1');
      const { code, screen } = await folder.onTerminal(
        ['watch', 'watched-narrowly'],
        [
          ['running code', 30],
          ['●', '\x03'],
          ['(k)eep watching?', '\x03'],
        ],
      );
      expect(code).toBe(130);
      const [wide = '', narrow = ''] = screen.split('[resized]');
      expect(wide).toMatch(/● watched-narrowly {2}scripted model .* iteration \d+/);
      const [lines = ''] = narrow.split('(d)etach');
      expect(lines).toContain('● watched-narrowly');
      expect(lines.split(/[\r\n]+/).filter((line) => line.length > 30)).toEqual([]);
      expect(await folder.rlm(['cancel', 'watched-narrowly'])).toMatchObject({ code: 0 });
      expect(await run.ended).toMatchObject({ code: 130 });
    });

    test('--verbose tells the story above the living tree', async () => {
      const { code, screen } = await folder.onTerminal(
        [...question, '-m', 'scripted/endless', '--id', 'told-and-shown', '--verbose'],
        [
          ['told-and-shown iteration 1 ──', ''],
          ['running code', '\x03'],
          ['(k)eep watching?', 'c\r'],
        ],
      );
      expect(code).toBe(130);
      const told = screen.indexOf('── told-and-shown iteration 1 ──');
      expect(told).toBeGreaterThan(screen.indexOf('told-and-shown is starting'));
      expect(screen.slice(told)).toMatch(/● told-and-shown {2}scripted model .* iteration \d/);
    });

    test('left by a second Ctrl-C', async () => {
      const { code, screen } = await onTerminal('left-going', 'patient', '\x03');
      expect(code).toBe(130);
      expect(screen).toContain('rlm result left-going');
      expect(await folder.rlm(['result', 'left-going', '--quiet'])).toMatchObject({ code: 0, stdout: '42\n' });
    });
  });

  test('a run whose id is taken is refused', async () => {
    const run = folder.start([...question, '-m', 'scripted/endless', '--id', 'only-one']);
    await run.said('iteration 1');
    const second = await folder.rlm([...question, '-m', 'scripted/echo', '--id', 'only-one']);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain('rlm watch only-one');
    run.child.kill('SIGTERM');
    await run.ended;
  });

  const model = ['-m', 'scripted/echo'];
  const documents = ['run', 'documents: list[str], question: str -> answer: str', ...model, '-i', 'question=x'];
  test.each<[string, string[], RegExp, NodeJS.ProcessEnv?]>([
    ['an unknown command', ['walk'], /unknown command 'walk'/],
    ['an unknown option', [...question, '--faster'], /unknown option '--faster'/],
    ['no signature', ['run'], /needs a signature/],
    ['a bad signature', ['run', 'a: strr -> b', '-i', 'a=1', ...model], /column 4/],
    ['a missing run id', ['result'], /missing required argument 'run'/],
    ['a missing input', documents, /missing input: documents \(list\[str\]\)/],
    ['an undeclared input', [...documents, '-i', 'document=@a'], /no input "document".*did you mean documents/],
    ['an input given twice', [...documents, '-i', 'question=y'], /"question" is given twice/],
    [
      'a missing file',
      [...documents, '-i', 'documents=@nothing.txt'],
      /cannot read nothing\.txt: there is no such file/,
    ],
    ['a glob without matches', [...documents, '-i', 'documents=@*.none'], /no file matches \*\.none/],
    ['a value of another type', [...documents, '-i', 'documents=5'], /documents: expected list\[str\]/],
    ['an unknown limit', [...question, ...model, '--limit', 'maxIteration=1'], /did you mean maxIterations/],
    ['a bad limit', [...question, ...model, '--limit', 'maxIterations=0'], /maxIterations=0/],
    ['a missing config file', [...question, ...model, '-c', 'none.yaml'], /none\.yaml/],
    ['an agent without its module', ['run', 'wealth'], /--agents FILE/],
    ['a missing module of agents', ['run', 'wealth', '--agents', 'none.ts'], /none\.ts: there is no such file/],
    ['a bad run id', [...question, ...model, '--id', 'a/b'], /run id "a\/b"/],
    ['a folder that is not there', [...question, ...model, '-o', 'none/answer.txt'], /no folder none/],
    ['a folder to write to', [...question, ...model, '-o', '.'], /-o \.: it is a folder/],
    ['no key', question, /set OPENROUTER_API_KEY or LLM_API_KEY/],
    ['an unknown provider', [...question, '-m', 'acme/x'], /unknown model provider "acme"/],
    ['an unknown script', [...question, '-m', 'scripted/none'], /no script "none"/],
    [
      'a model that is not there',
      [...question, '-m', 'openai/x'],
      /127\.0\.0\.1:9: connection refused/,
      { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' },
    ],
    [
      'Temporal that is not there',
      [...question, ...model],
      /127\.0\.0\.1:9.*connection refused/,
      { TEMPORAL_ADDRESS: '127.0.0.1:9' },
    ],
    [
      'a data directory that is a file',
      [...question, ...model],
      /cannot use the data directory \/etc\/hostname: it is a file; set RLM_DATA_DIR/,
      { RLM_DATA_DIR: '/etc/hostname' },
    ],
    ['an unknown run', ['result', 'nothing'], /there is no run nothing/],
    ['an unknown agent', ['cancel', 'nothing/1.1'], /there is no agent nothing\/1\.1/],
    ['a bad count', ['list', '-n', 'many'], /--count is "many"/],
  ])('%s: one line, exit code 2', async (_, args, message, environment = {}) => {
    const { code, stdout, stderr } = await folder.rlm(args, environment);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^rlm: [^\n]*\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('doctor says what works, and what to do about what does not', async () => {
    const sick = await folder.rlm(['doctor']);
    expect(sick.code).toBe(2);
    expect(sick.stdout).toMatch(/^ok +sandbox/m);
    expect(sick.stdout).toMatch(/^FAIL +model .*OPENROUTER_API_KEY/m);
    await writeFile(folder.path('scripted.yaml'), 'model: { name: scripted/primes }\n');
    expect(await folder.rlm(['doctor', '-c', 'scripted.yaml'])).toMatchObject({ code: 0 });
  });
});

describe.concurrent('with nothing running', () => {
  test('two runs at once share a server, and leave nothing behind', async () => {
    await using folder = await RlmFolder.make();
    const [one, two] = await Promise.all(
      ['one', 'two'].map((id) => folder.rlm([...question, '-m', 'scripted/patient', '--id', id])),
    );
    expect([one, two]).toMatchObject([
      { code: 0, stdout: '42\n' },
      { code: 0, stdout: '42\n' },
    ]);
    const index = (await folder.json('results', 'index.json')) as { runId: string }[];
    expect(index.map((entry) => entry.runId).sort()).toEqual(['one', 'two']);
    await folder.becomesQuiet();
  });

  test('a run that was killed is finished by asking for its result', async () => {
    await using folder = await RlmFolder.make();
    const run = folder.start([...question, '-m', 'scripted/patient', '--id', 'killed']);
    await run.said('iteration 1');
    run.child.kill('SIGKILL');
    await run.ended;
    expect(await folder.rlm(['result', 'killed'])).toMatchObject({ code: 0, stdout: '42\n' });
    expect(await folder.json('results', 'killed.json')).toMatchObject({ usage: { iterations: 3, sandboxes: 1 } });
    await folder.becomesQuiet();
  });

  test('--detach leaves a worker that ends when the run has', async () => {
    await using folder = await RlmFolder.make();
    const detached = await folder.rlm([...question, '-m', 'scripted/patient', '--id', 'left', '--detach']);
    expect(detached).toMatchObject({ code: 0, stdout: 'left\n' });
    expect((await folder.processes()).some((process) => process.includes('--until-idle'))).toBe(true);
    expect(await folder.rlm(['result', 'left'])).toMatchObject({ code: 0, stdout: '42\n' });
    await folder.becomesQuiet();
  });

  test('OPENAI_BASE_URL reaches any compatible server, and a cost that nobody knows is unknown', async () => {
    await using folder = await RlmFolder.make();
    await using server = await startScriptedServer({
      scripts: { 'some-model': { name: 'some-model', ...commandScripts.patient } },
    });
    const { code, stdout, stderr } = await folder.rlm([...question, '-m', 'openai/some-model'], {
      OPENAI_BASE_URL: server.url,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
    expect(stderr).toMatch(/cost +unknown/);
    expect(stderr).not.toContain('scripted');
    expect(server.counts.byKind.agent).toBe(3);
  });

  test("an agent of the user's own module runs by its name, with its tools", async () => {
    await using folder = await RlmFolder.make();
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const zod = import.meta.resolve('zod');
    await writeFile(
      folder.path('agents.ts'),
      `import { z } from ${JSON.stringify(zod)};
import { defineAgent, tool } from ${JSON.stringify(library)};
const double = tool({ description: 'doubles', parameters: z.object({ n: z.number() }), execute: ({ n }) => 2 * n });
export default [defineAgent({ name: 'doubler', signature: 'n: int -> answer: int', model: 'scripted/doubling', tools: { double } })];
`,
    );
    await writeFile(
      folder.path('scripts/doubling.ts'),
      "export default { name: 'doubling', agent: ['```python\\nSUBMIT(double(n))\\n```'] };\n",
    );
    await writeFile(folder.path('config.yaml'), 'scripted: { scripts: { doubling: ./scripts/doubling.ts } }\n');
    const { code, stdout } = await folder.rlm(['run', 'doubler', '--agents', 'agents.ts', '-i', 'n=21']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ answer: 42 });
  });
});
