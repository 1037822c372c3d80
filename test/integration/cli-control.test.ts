import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../scripts/build.ts';
import { RunDocument } from '../../src/results/run-document.ts';
import { RlmFolder } from '../support/rlm-command.ts';
import { RlmDev } from '../support/rlm-dev.ts';

beforeAll(() => build(() => {}));

const question = ['run', 'question: str -> answer: str', '-i', 'question=How much?'];

describe('steering from the command line', () => {
  let dev: RlmDev;
  let folder: RlmFolder;
  beforeAll(async () => {
    dev = await RlmDev.start();
    folder = dev.folder;
  });
  afterAll(() => dev[Symbol.asyncDispose]());

  test('a run is paused, told something, and goes on', async () => {
    const run = folder.start([...question, '-m', 'scripted/listening', '--id', 'steered']);
    await run.said('iteration 1: ok');
    expect(await folder.rlm(['pause', 'steered'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'steered is paused: what is under way may finish; go on with "rlm resume steered"\n',
    });
    await run.said('steered is paused');
    expect(await folder.rlm(['tell', 'steered', 'double it'])).toMatchObject({ code: 0 });
    await run.said('was told: double it');
    expect(await folder.rlm(['resume', 'steered'])).toMatchObject({ code: 0, stderr: 'steered goes on\n' });
    expect(await run.ended).toMatchObject({ code: 0, stdout: '42\n' });
    const { root } = RunDocument.parse(await folder.json('results', 'steered.json'));
    expect(root.remarks?.map((remark) => remark.split(' ')[0])).toEqual(['paused', 'told', 'resumed']);
  });

  test('a finished run is forked, and its fork shown as a run is', async () => {
    await folder.rlm([...question, '-m', 'scripted/patient', '--id', 'source', '--quiet']);
    const { code, stdout, stderr } = await folder.rlm(['fork', 'source', '--at', '1', '--id', 'forked']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
    expect(stderr).toContain('fork of source after iteration 1');
    const fork = RunDocument.parse(await folder.json('results', 'forked.json'));
    expect(fork.root.forkOf).toEqual({ agentId: 'source', after: 1 });
    expect(fork.usage.modelCalls).toBe(2);
    const wrong = await folder.rlm(['fork', 'source', '--at', '9']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toBe('rlm: source has ended 3 iterations; it can be forked after 0 to 3, not 9\n');
  });

  test('a sub-agent of a finished run is retried by a fork of its parent', async () => {
    const signature = 'question: str -> parts: list[str], words: int';
    await folder.rlm(['run', signature, '-i', 'question=x', '-m', 'scripted/tree', '--id', 'grown', '--quiet']);
    const { code, stdout } = await folder.rlm(['retry', 'grown/1.2', '--id', 'again']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ parts: ['did left', 'did right'], words: 3 });
    const again = RunDocument.parse(await folder.json('results', 'again.json'));
    expect(again.usage.agents).toBe(2);
    expect(again.root.forkOf).toEqual({ agentId: 'grown', after: 0, again: 'grown/1.2' });
  });

  test.each([
    ['pause', ['pause', 'nobody'], 'rlm: there is no agent nobody in progress; "rlm list" shows the runs\n'],
    ['tell', ['tell', 'nobody', 'x'], 'rlm: there is no agent nobody in progress; "rlm list" shows the runs\n'],
    ['fork', ['fork', 'nobody'], 'rlm: there is no agent nobody; "rlm list" shows the runs\n'],
    [
      'fork at no number',
      ['fork', 'nobody', '--at', 'x'],
      'rlm: --at is "x"; it must be the number of an iteration, or 0\n',
    ],
    ['retry', ['retry', 'nobody/1.1'], 'rlm: there is no agent nobody; "rlm list" shows the runs\n'],
    [
      'retry of a run',
      ['retry', 'nobody'],
      'rlm: nobody is a run, not a sub-agent: fork it with "rlm fork nobody --at 0"\n',
    ],
  ])('%s of what there is not is one line', async (_, args, stderr) => {
    expect(await folder.rlm(args)).toMatchObject({ code: 2, stdout: '', stderr });
  });
});

test('a run that nobody serves is forked as it stands', async () => {
  await using folder = await RlmFolder.make();
  const run = folder.start([...question, '-m', 'scripted/patient', '--id', 'cut-off']);
  await run.said('iteration 1: ok');
  run.child.kill('SIGKILL');
  await run.ended;
  const { code, stdout } = await folder.rlm(['fork', 'cut-off', '--at', '1', '--quiet']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '42\n' });
  expect(await folder.rlm(['result', 'cut-off', '--quiet'])).toMatchObject({ code: 0, stdout: '42\n' });
  await folder.becomesQuiet();
});
