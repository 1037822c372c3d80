import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  extractionMessage,
  extractionRetryMessage,
  outputsSchema,
  parseJsonObject,
} from '../../src/prompts/extraction.ts';
import { signatureFromZod } from '../../src/signature/from-zod.ts';

const signature = signatureFromZod({
  inputs: z.object({}),
  outputs: z.object({ answer: z.string().describe('One word.'), score: z.number().default(0.5) }),
});

describe('asking for the outputs at a limit', () => {
  it('names the reason, the fields and their schema', () => {
    const message = extractionMessage(signature, 'maxIterations (50) is reached.');
    expect(message).toContain('The work must end here: maxIterations (50) is reached. No more code is run.');
    expect(message).toContain('- answer: str — One word.\n- score: float = 0.5');
    expect(message).toContain(JSON.stringify(outputsSchema(signature.outputs)));
  });

  it('has a schema of one object, without other keys', () => {
    expect(outputsSchema(signature.outputs)).toEqual({
      type: 'object',
      properties: {
        answer: { type: 'string', description: 'One word.' },
        score: { type: 'number', default: 0.5 },
      },
      required: ['answer'],
      additionalProperties: false,
    });
  });

  it('asks once more with what was wrong', () => {
    expect(extractionRetryMessage(['answer: missing (expected str)'])).toBe(
      'That was not accepted:\n- answer: missing (expected str)\nReply with the corrected JSON object alone.',
    );
  });
});

describe('the JSON object of a reply', () => {
  it.each([
    ['alone', '{"a": 1}'],
    ['in a fence', '```json\n{"a": 1}\n```'],
    ['in prose', 'Here it is: {"a": 1}. I hope {this} helps.'],
    ['after another', 'Not {"a": 0}, but {"a": 1}'],
    ['behind a brace that never closes', 'see { here\n{"a": 1}'],
  ])('is found %s', (_, text) => {
    expect(parseJsonObject(text)).toEqual({ a: 1 });
  });

  it('may hold braces, fences and quotes in its strings', () => {
    const value = { code: 'if (x) { return "}"; }\n```\n\\', inner: { b: [] } };
    expect(parseJsonObject(`So:\n\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``)).toEqual(value);
  });

  it.each(['', 'nothing', '[1, 2]', '"text"', '{"a": ', '{'.repeat(50_000)])('is not there: %#', (text) => {
    expect(parseJsonObject(text)).toBeNull();
  });
});
