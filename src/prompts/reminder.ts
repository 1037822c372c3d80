import { type BudgetLeft, budgetFooter } from './budget-footer.ts';

export interface Reminder {
  reason: 'no-code' | 'other-language' | 'empty';
  /** The languages of the blocks that there were. */
  languages: readonly string[];
  budget: BudgetLeft;
}

const format = 'Reply with one fenced ```python block; to finish, call SUBMIT in it.';

/** What a model is told whose reply had nothing to run. */
export function reminderMessage({ reason, languages, budget }: Reminder): string {
  return `${whatHappened(reason, languages)} ${format}\n\n${budgetFooter(budget)}`;
}

function whatHappened(reason: Reminder['reason'], languages: readonly string[]): string {
  switch (reason) {
    case 'no-code':
      return 'Your reply had no code, so nothing ran; an answer counts only when code submits it.';
    case 'other-language':
      return `Nothing ran: the REPL runs Python only, and your reply had ${languages.join(' and ')}.`;
    case 'empty':
      return 'Your reply was empty, or its code was, so nothing ran.';
  }
}
