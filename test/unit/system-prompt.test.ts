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

  it('states the limits, the instructions and the workspace', () => {
    const limits = Limits.parse({ maxIterations: 7, outputLimit: 60_000 });
    const shown = prompt({ limits, instructions: ' Be brief. ', workspace: true });
    expect(shown).toContain('Limits: 7 replies, 500 llm_query prompts, 600 s of run time per block');
    expect(shown).toContain("60,000 characters shown of a block's output");
    expect(shown.endsWith('Instructions:\nBe brief.')).toBe(true);
    expect(shown).toContain('`/workspace`');
    expect(prompt()).not.toContain('/workspace');
  });

  it('is short', () => {
    expect(prompt().length).toBeLessThan(4_500);
  });
});

describe('a sub-agent', () => {
  it('has a task, maybe a context, and answers in text', () => {
    expect(subAgentSignature(false).text).toBe('task: str -> answer: str');
    expect(subAgentSignature(true).text).toBe('task: str, context: Any -> answer: str');
    expect(subAgentSignature(true)).toEqual(parseSignature('task: str, context: Any -> answer: str'));
  });

  it('is told that only its answer goes back, and how much of it', () => {
    expect(subAgentInstructions(10_000)).toContain('at most 10,000 characters');
  });
});
