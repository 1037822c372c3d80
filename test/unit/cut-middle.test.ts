import { describe, expect, it } from 'vitest';
import { countCharacters, cutMiddleOfText } from '../../src/prompts/cut-middle.ts';

describe('a text cut in the middle', () => {
  it('is whole when it fits', () => {
    expect(cutMiddleOfText('abcdef', 6)).toBe('abcdef');
    expect(cutMiddleOfText('😀😀😀', 3)).toBe('😀😀😀');
    expect(cutMiddleOfText('', 5)).toBe('');
  });

  it('keeps both ends and names the cut', () => {
    expect(cutMiddleOfText('abcdefghij', 4)).toBe('ab\n… [6 of 10 characters cut here] …\nij');
  });

  it('never holds half a character', () => {
    for (let limit = 1; limit < 12; limit += 1) {
      expect(cutMiddleOfText('😀'.repeat(20), limit).isWellFormed()).toBe(true);
    }
  });

  it('counts characters as Python does', () => {
    expect(countCharacters('aé😀\ud83d')).toBe([...'aé😀\ud83d'].length);
    expect(cutMiddleOfText('😀'.repeat(20), 4)).toContain('18 of 20 characters');
  });
});
