import type { AnswerSource } from '../agent/journal.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { readCallItems } from './read-call.ts';
import type { CallDocument, CallItemDocument } from './run-document.ts';

/** What the results hold of calls: enough to read a run by, little enough to send it to someone. */
const shownCalls = 2_000;
const shownItems = 50;
const shownCharacters = 4_000;
const shownBytes = 8 * 1024 * 1024;

/** Adds to the calls of a run what was asked and answered, until there is enough of it for one document. */
export class CallExcerpts {
  private readonly store: ArtifactStore;
  private callsLeft = shownCalls;
  private charactersLeft = shownBytes;

  constructor(store: ArtifactStore) {
    this.store = store;
  }

  /** The call, with excerpts of what was asked and answered where they are at hand and still fit. */
  async add(sources: readonly AnswerSource[], call: CallDocument): Promise<CallDocument> {
    const { callId, function: name, count } = call;
    if (callId === undefined || call.agents || this.callsLeft <= 0 || this.charactersLeft <= 0) return call;
    this.callsLeft -= 1;
    try {
      const items = await readCallItems(this.store, { callId, function: name, count, sources });
      if (items.length === 0) return call;
      return { ...call, items: items.slice(0, shownItems).map((item) => this.excerpt(item)) };
    } catch {
      // Results are worth more than what one of their calls said, which may have been removed since.
      return call;
    }
  }

  private excerpt(item: CallItemDocument): CallItemDocument {
    const excerpt = { ...item, prompt: cut(item.prompt), answer: cut(item.answer) };
    this.charactersLeft -= (excerpt.prompt?.length ?? 0) + (excerpt.answer?.length ?? 0);
    return excerpt;
  }
}

function cut(text: string | null): string | null {
  if (text === null || text.length <= shownCharacters) return text;
  return `${text.slice(0, shownCharacters)}\n[… ${text.length - shownCharacters} more characters …]`;
}
