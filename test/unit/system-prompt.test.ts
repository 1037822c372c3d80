import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Limits } from '../../src/agent/limits.ts';
import { subAgentInstructions, subAgentSignature } from '../../src/prompts/sub-agent.ts';
import { type SystemPrompt, systemPrompt } from '../../src/prompts/system-prompt.ts';
import { signatureFromZod } from '../../src/signature/from-zod.ts';
import { parseSignature } from '../../src/signature/parse-signature.ts';

function prompt(given: Partial<SystemPrompt> = {}): string {
  return systemPrompt({
    signature: parseSignature('documents: list[str],\n question -> answer'),
    tools: [],
    depth: 0,
    subAgents: true,
    limits: Limits.parse({}),
    instructions: null,
    workspace: null,
    ...given,
  });
}

describe('the system prompt', () => {
  it('states signature and depth, each on a line of its own', () => {
    const lines = prompt({ depth: 2 }).split('\n');
    expect(lines).toContain('Signature: documents: list[str], question: str -> answer: str');
    expect(lines).toContain('Depth: 2');
  });

  it('is the same each time', () => {
    expect(prompt()).toBe(prompt());
  });

  it('names the functions that there are, and no others', () => {
    const tools = [
      {
        name: 'lookup',
        description: 'Looks up\na word.',
        parameters: [{ name: 'word', pythonType: 'str', required: false, default: 'x', description: 'In lower case.' }],
      },
    ];
    const shown = prompt({ tools });
    expect(shown).toContain("- `lookup(word: str = 'x')` Looks up a word.\n  - `word`: In lower case.");
    expect(shown).toContain('- `rlm_query(task: str, context=None) -> str`');
    expect(prompt({ subAgents: false })).not.toMatch(/rlm_query|sub-agent/);
  });

  it('shows how to submit: fields, types, defaults, descriptions', () => {
    const signature = signatureFromZod({
      inputs: z.object({}),
      outputs: z.object({ answer: z.string().describe('One word.'), score: z.number().default(0.5) }),
    });
    const shown = prompt({ signature });
    expect(shown).toContain('`SUBMIT(answer: str, score: float = 0.5)`');
    expect(shown).toContain('- `answer: str — One word.`');
  });

  it('offers FINAL and FINAL_VAR only for a single field that is a str', () => {
    expect(prompt()).toContain('FINAL_VAR("variable")');
    expect(prompt({ signature: parseSignature('-> a, b') })).not.toContain('FINAL');
    expect(prompt({ signature: parseSignature('-> a: int') })).not.toContain('FINAL');
  });

  it('states the limits and the instructions', () => {
    const limits = Limits.parse({ maxIterations: 7, outputLimit: 60_000 });
    const shown = prompt({ limits, instructions: ' Be brief. ' });
    expect(shown).toContain('Limits: 7 replies, 500 llm_query prompts, 600 s of run time per block');
    expect(shown).toContain("60,000 characters shown of a block's output");
    expect(shown.endsWith('Instructions:\nBe brief.')).toBe(true);
  });

  it('is short', () => {
    expect(prompt().length).toBeLessThan(4_500);
  });
});

describe('the system prompt of an agent with a workspace', () => {
  const workspace = { repository: 'https://example.org/a.git', branch: 'main', commit: 'c0ffee'.padEnd(40, '0') };
  const task = parseSignature('task: str -> answer: str');
  const shown = (given: Partial<SystemPrompt> = {}) => prompt({ signature: task, workspace, ...given });

  it('states what is at /workspace, signature and depth', () => {
    expect(shown()).toContain(
      'A clone of https://example.org/a.git (branch main, commit c0ffee000000) is at `/workspace`',
    );
    expect(shown({ depth: 1 }).split('\n')).toEqual(expect.arrayContaining([`Signature: ${task.text}`, 'Depth: 1']));
    expect(prompt()).not.toContain('/workspace');
  });

  it('has the functions that edit, which others have not', () => {
    expect(shown()).toContain('- `edit_file(path, old, new, replace_all=False) -> str`');
    expect(shown()).toContain('- `apply_patch(text) -> str`');
    expect(shown()).toContain('patch=True');
    expect(prompt()).not.toMatch(/edit_file|apply_patch|patch=/);
  });

  it('wants the task looked at first, and nothing edited or handed in by then', () => {
    expect(shown()).toMatch(/first reply prints the whole task.*edits nothing and hands in nothing/);
  });

  it('leaves the patch to the host', () => {
    expect(shown()).toContain('You never write a patch.');
  });

  it('urges to explore with sub-agents at depths 0 and 1, and not below', () => {
    for (const depth of [0, 1]) expect(shown({ depth })).toContain('Explore with sub-agents');
    for (const depth of [2, 3]) expect(shown({ depth })).not.toContain('Explore with sub-agents');
    expect(shown({ subAgents: false })).not.toMatch(/rlm_query|sub-agent starts/);
  });

  it('ends with FINAL where there is one field to answer', () => {
    expect(shown()).toContain('until your code calls `FINAL`');
    expect(shown({ signature: parseSignature('-> a, b') })).toContain('until your code calls `SUBMIT`');
  });

  it('is short', () => {
    expect(shown().length).toBeLessThan(6_500);
  });
});

describe('a sub-agent', () => {
  it('has a task, maybe a context, and answers in text', () => {
    expect(subAgentSignature(false).text).toBe('task: str -> answer: str');
    expect(subAgentSignature(true).text).toBe('task: str, context: Any -> answer: str');
    expect(subAgentSignature(true)).toEqual(parseSignature('task: str, context: Any -> answer: str'));
  });

  it('is told that only its answer goes back, and how much of it', () => {
    expect(subAgentInstructions(10_000, 'none')).toContain('at most 10,000 characters');
  });

  it('is told whether its changes are handed on', () => {
    expect(subAgentInstructions(10_000, 'none')).not.toContain('clone');
    expect(subAgentInstructions(10_000, 'dropped')).toContain('is not handed on');
    expect(subAgentInstructions(10_000, 'handed-on')).toContain('is handed on with your answer');
  });
});
