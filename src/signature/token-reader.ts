import { SignatureError } from '../errors.ts';

/** A piece of a signature's text. */
export type Token =
  | { kind: 'name'; text: string; position: number }
  | { kind: 'number'; text: string; value: number; position: number }
  | { kind: 'string'; text: string; value: string; position: number }
  | { kind: 'symbol'; text: string; position: number }
  | { kind: 'end'; text: ''; position: number };

// A name takes in hyphens and dots, so that `my-name` is one wrong name rather than three tokens.
const name = /[\p{L}_][\p{L}\p{N}_]*(?:[.-](?!>)[\p{L}\p{N}_]+)*/uy;
const number = /[-+]?(?:\d[\d_]*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const string = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y;
const symbol = /->|\.\.\.|[:,|=[\]{}()]/y;
const space = /\s*/y;

/** Reads a signature's text token by token, and knows where it is for messages. */
export class TokenReader {
  private readonly text: string;
  private offset = 0;
  private token: Token;

  constructor(text: string) {
    this.text = text;
    this.token = this.scan();
  }

  peek(): Token {
    return this.token;
  }

  next(): Token {
    const token = this.token;
    this.token = this.scan();
    return token;
  }

  isAt(symbolText: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbolText;
  }

  /** Steps over the symbol when it is next. */
  take(symbolText: string): boolean {
    if (!this.isAt(symbolText)) return false;
    this.next();
    return true;
  }

  expect(symbolText: string, place: string): void {
    if (this.take(symbolText)) return;
    this.fail(`expected "${symbolText}" ${place}, found ${describe(this.token)}`, this.token.position);
  }

  fail(message: string, position: number): never {
    const before = this.text.slice(0, position);
    const column = position - (before.lastIndexOf('\n') + 1) + 1;
    const line = this.text.includes('\n') ? `line ${before.split('\n').length}, ` : '';
    throw new SignatureError(`${line}column ${column}: ${message}`, position);
  }

  private scan(): Token {
    this.match(space);
    const position = this.offset;
    if (position >= this.text.length) return { kind: 'end', text: '', position };
    const nameText = this.match(name);
    if (nameText !== null) return { kind: 'name', text: nameText, position };
    const symbolText = this.match(symbol);
    if (symbolText !== null) return { kind: 'symbol', text: symbolText, position };
    const numberText = this.match(number);
    if (numberText !== null) {
      const rest = this.match(name);
      if (rest !== null) this.fail(`"${numberText}${rest}" is neither a number nor a name`, position);
      return { kind: 'number', text: numberText, value: Number(numberText.replaceAll('_', '')), position };
    }
    const stringText = this.match(string);
    if (stringText !== null) return { kind: 'string', text: stringText, value: readEscapes(stringText), position };
    const character = String.fromCodePoint(this.text.codePointAt(position) ?? 0);
    if (character === '"' || character === "'") this.fail('this string has no end', position);
    return this.fail(`unexpected character ${JSON.stringify(character)}`, position);
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return null;
    this.offset += found.length;
    return found;
  }
}

/** A token as messages name it. */
export function describe(token: Token): string {
  return token.kind === 'end' ? 'the end' : JSON.stringify(token.text);
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

function readEscapes(literal: string): string {
  return literal
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([^xu]|.))/g, (_, hex, unicode, other) => {
      if (hex ?? unicode) return String.fromCharCode(Number.parseInt(hex ?? unicode, 16));
      return escapes[other] ?? other;
    });
}
