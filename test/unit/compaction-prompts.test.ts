import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/model/model-client.ts';
import { compactedNote, readCompactedNote, summaryRequest } from '../../src/prompts/compaction.ts';
import { fitConversation, lengthOf, newestTurns } from '../../src/prompts/fit-conversation.ts';
import { historyText } from '../../src/prompts/history-text.ts';

/** System message, first message, and so many replies with what each showed but for the last. */
function conversation(replies: number, characters = 1_000): Message[] {
  const turns = Array.from({ length: replies }, (_, index): Message[] => [
    { role: 'assistant', content: `reply ${index + 1} ${'r'.repeat(characters)}` },
    { role: 'user', content: `shown ${index + 1} ${'s'.repeat(characters)}` },
  ]);
  return [{ role: 'system', content: 'system' }, { role: 'user', content: 'first' }, ...turns.flat().slice(0, -1)];
}

const request: Message = { role: 'user', content: 'sum up' };

function compacted(replies: number): Message[] {
  const [system, first, ...turns] = conversation(replies);
  const note = compactedNote({ replies: 9, kept: 1, variable: 'history' });
  return [
    ...(system && first ? [system, first] : []),
    { role: 'assistant', content: 'the summary' },
    { role: 'user', content: note },
    ...turns,
  ];
}

describe('historyText', () => {
  it('heads each turn plainly, and leaves system messages out', () => {
    expect(historyText(conversation(2, 1), 0)).toBe(
      '===== first message =====\nfirst\n\n===== reply 1 =====\nreply 1 r\n\n' +
        '===== shown after reply 1 =====\nshown 1 s\n\n===== reply 2 =====\nreply 2 r\n\n',
    );
  });

  it('goes on counting where the part before ended', () => {
    const text = historyText(conversation(2, 1).slice(3), 7);
    expect(text.match(/=====.*=====/g)).toEqual(['===== shown after reply 7 =====', '===== reply 8 =====']);
  });
});

describe('newestTurns', () => {
  it('keeps as many of the newest as fit, word for word, from a reply on', () => {
    const messages = conversation(5);
    const kept = newestTurns(messages, 3_500);
    expect(kept).toEqual(messages.slice(-3));
    expect(kept[0]?.role).toBe('assistant');
  });

  it('keeps the last reply in any case, cut where it is too long', () => {
    const kept = newestTurns(conversation(3, 5_000), 1_000);
    expect(kept).toHaveLength(1);
    expect(kept[0]?.content).toMatch(/^reply 3/);
    expect(lengthOf(kept)).toBeLessThanOrEqual(1_000);
  });

  it('never keeps the opening, nor an earlier summary', () => {
    expect(newestTurns(conversation(2), 100_000)).toEqual(conversation(2).slice(2));
    expect(newestTurns(compacted(2), 100_000)).toEqual(compacted(2).slice(4));
  });
});

describe('fitConversation', () => {
  it('leaves a conversation that fits as it is', () => {
    const messages = [...conversation(5), request];
    expect(fitConversation(messages, 100_000)).toEqual(messages);
  });

  it('cuts long messages in the middle, and leaves short ones whole', () => {
    const messages = [...conversation(3, 10), { role: 'user', content: 'x'.repeat(50_000) }, request] as Message[];
    const fitted = fitConversation(messages, 5_000);
    expect(fitted.slice(0, 7)).toEqual(messages.slice(0, 7));
    expect(fitted.at(-2)?.content).toContain('characters cut here');
    expect(lengthOf(fitted)).toBeLessThanOrEqual(5_000);
  });

  it.each([1_000, 5_000, 20_000, 100_000])('of 300 replies fits into %i characters', (characters) => {
    const messages = [...conversation(300), request];
    const fitted = fitConversation(messages, characters);
    expect(lengthOf(fitted)).toBeLessThanOrEqual(characters);
    expect(fitted.slice(0, 2)).toEqual(messages.slice(0, 2));
    expect(fitted.at(-1)).toEqual(request);
    const roles = fitted.slice(1).map(({ role }) => role);
    expect(roles).toEqual(roles.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')));
  });

  it('keeps an earlier summary', () => {
    const messages = [...compacted(50), request];
    expect(fitConversation(messages, 4_000).slice(0, 4)).toEqual(messages.slice(0, 4));
  });
});

describe('the note that follows a summary', () => {
  it('can be read back', () => {
    expect(readCompactedNote(compactedNote({ replies: 12, kept: 3, variable: 'history' }))).toEqual({
      replies: 12,
      kept: 3,
    });
    expect(readCompactedNote('something else')).toBeNull();
  });
});

describe('summaryRequest', () => {
  it('asks for no more than the window has room for', () => {
    expect(summaryRequest(4_000)).toContain('at most 200 words');
    expect(summaryRequest(1_000_000)).toContain('at most 1,500 words');
  });
});
