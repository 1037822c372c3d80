import { describe, expect, it } from 'vitest';
import { isCompactionDue, shownOutputLimit, windowAfterRefusal } from '../../src/agent/context-room.ts';

const state = { contextTokens: 50_000, outputCharacters: 9_000, newReplies: 5, contextWindow: 100_000 };

describe('isCompactionDue', () => {
  it('when the conversation with its next message passes four fifths of the window', () => {
    expect(isCompactionDue(state)).toBe(false);
    expect(isCompactionDue({ ...state, contextTokens: 76_000 })).toBe(false);
    expect(isCompactionDue({ ...state, contextTokens: 77_000 })).toBe(true);
    expect(isCompactionDue({ ...state, outputCharacters: 100_000 })).toBe(true);
  });

  it('not when there is next to nothing to sum up', () => {
    expect(isCompactionDue({ ...state, contextTokens: 99_000, newReplies: 1 })).toBe(false);
    expect(isCompactionDue({ ...state, contextTokens: 99_000, newReplies: 2 })).toBe(true);
  });
});

describe('shownOutputLimit', () => {
  it('keeps an output from filling a small window, and is the limit elsewhere', () => {
    expect(shownOutputLimit(10_000, 128_000)).toBe(10_000);
    expect(shownOutputLimit(60_000, 128_000)).toBe(60_000);
    expect(shownOutputLimit(60_000, 8_000)).toBe(6_000);
    expect(shownOutputLimit(60_000, null)).toBe(60_000);
  });
});

describe('windowAfterRefusal', () => {
  it('lies between what was taken and what was refused, and never grows', () => {
    expect(windowAfterRefusal(128_000, 7_000, 9_000)).toBe(8_000);
    expect(windowAfterRefusal(5_000, 7_000, 9_000)).toBe(5_000);
  });
});
