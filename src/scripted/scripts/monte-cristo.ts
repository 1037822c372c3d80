import { defineScript } from '../script.ts';
import { nextStep, pythonOf, type Step } from '../steps.ts';

const python = pythonOf(import.meta.url);

const steps: readonly Step[] = [
  {
    thought: 'First I look at the chapters, and at where the five people appear.',
    code: python('explore'),
    shows: 'looked for',
  },
  {
    thought: 'Code finds the passages; how wealthy somebody is there, I ask one query for each chapter, all at once.',
    code: python('ask'),
    shows: 'rated',
  },
  {
    thought: 'Now one row for each person and chapter. Where nothing is said, the wealth stays what it was.',
    code: python('trace'),
    shows: 'rows for',
  },
  {
    thought: 'Every chapter is covered, so I submit the rows.',
    code: python('submit'),
    shows: null,
  },
];

/**
 * Traces the wealth of five people through `chapters` of The Count of Monte Cristo: code collects the passages that name
 * them, queries rate the passages by their words of wealth and want.
 */
export default defineScript({
  name: 'monte-cristo',
  agent: (conversation) => nextStep(conversation, steps),
  query: (prompt) => JSON.stringify(rateAll(prompt)),
});

interface Rating {
  wealth: number;
  event: string;
}

function rateAll(prompt: string): Record<string, Rating> {
  const [, ...sections] = prompt.split(/^# /m);
  const rated = sections.map((section) => {
    const [person = '', ...passages] = section.trim().split('\n- ');
    return [person.trim(), rate(passages)] as const;
  });
  return Object.fromEntries(rated.filter((entry): entry is [string, Rating] => entry[1] !== null));
}

/** Words that tell of wealth: how much of it, and how strongly. Titles tell little, want is seldom named without cause. */
const words: readonly { wealth: number; weight: number; pattern: RegExp }[] = [
  {
    wealth: 1,
    weight: 4,
    pattern:
      /dungeon|prisoner|captiv|convict|\bgaol|starv|hunger|hungry|famish|beggar|\brags\b|penniless|destitut|bankrupt|\bmad(?:man|ness)?\b|suicide/gi,
  },
  {
    wealth: 2,
    weight: 3,
    pattern:
      /\bpoor\b|poverty|misery|\bruin|insolven|fisherman|debts?\b|catalan|dishonou?r|\bwork(?:s|ed)? for|exile|\bconvent/gi,
  },
  { wealth: 3, weight: 2, pattern: /\bsailor|supercargo|\bmate\b|wages|humble|orphan|savings|soldier/gi },
  { wealth: 6, weight: 1, pattern: /deputy|magistrate|procureur|attorney|salary|dowry/gi },
  {
    wealth: 8,
    weight: 1,
    pattern: /general\b|\bpeer\b|minister|carriage|horses|servants|valet|footman|mansion|\bhôtel/gi,
  },
  { wealth: 8, weight: 0.3, pattern: /\bcount\b|countess|\bbaron\b|baroness/gi },
  { wealth: 9, weight: 1, pattern: /fortune|\brich\b|wealth|luxur|splend|banker/gi },
  {
    wealth: 10,
    weight: 2,
    pattern: /million|diamond|emerald|fabulous|treasure|richest|unlimited|immense|magnificen/gi,
  },
];

/** What the words tell on the whole, and the passage that tells most; null where no word tells anything. */
function rate(passages: readonly string[]): Rating | null {
  let weights = 0;
  let sum = 0;
  let telling = { weight: 0, passage: '' };
  for (const passage of passages) {
    let weight = 0;
    for (const word of words) {
      const told = word.weight * (passage.match(word.pattern)?.length ?? 0);
      weight += told;
      sum += told * word.wealth;
    }
    weights += weight;
    if (weight > telling.weight) telling = { weight, passage };
  }
  return weights === 0 ? null : { wealth: apart(sum / weights), event: telling.passage.slice(0, 160) };
}

/** The mean of many words is never far from the middle, so what there is of a difference is made larger. */
function apart(mean: number): number {
  return Math.min(10, Math.max(1, Math.round(5.5 + 1.5 * (mean - 5.5))));
}
