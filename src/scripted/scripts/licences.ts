import { type Conversation, defineScript } from '../script.ts';
import { nextStep, pythonOf, type Step } from '../steps.ts';

const python = pythonOf(import.meta.url);

const root: readonly Step[] = [
  {
    thought: 'First I look at what there is.',
    code: python('explore'),
    shows: 'documents of',
  },
  {
    thought: 'It is too much for one reader. I give each sub-agent the documents of some packages.',
    code: python('delegate'),
    shows: 'packages name their licence',
  },
  {
    thought: 'What a licence asks for is a question of meaning: I ask a query for each, with its text.',
    code: python('judge'),
    shows: 'licences judged',
  },
  {
    thought: 'The table is complete.',
    code: python('submit'),
    shows: null,
  },
];

const classify: Step = {
  thought: 'Licences have a fixed wording, so code finds most of them.',
  code: python('classify'),
  shows: 'classified by their wording',
};
const ask: Step = {
  thought: 'The rest has to be read: one query for each document, all at once.',
  code: python('ask'),
  shows: 'after the queries',
};
const answer: Step = {
  thought: 'Every package was looked at.',
  code: python('answer'),
  shows: null,
};

/**
 * Finds the licence of each package from `documents`, a list of {package, file, text}: sub-agents read some packages
 * each, with regular expressions, and ask queries about what these do not recognize.
 */
export default defineScript({
  name: 'licences',
  agent: (conversation) => nextStep(conversation, conversation.depth === 0 ? root : subAgent(conversation)),
  query: (prompt) => {
    const text = prompt.slice(prompt.indexOf(':\n') + 2);
    return prompt.startsWith('Which licence') ? namedLicence(text) : JSON.stringify(judge(text));
  },
});

function subAgent({ lastObservation }: Conversation): readonly Step[] {
  const nothingLeft = lastObservation?.includes('left for a query: 0') ?? false;
  return nothingLeft ? [classify, answer] : [classify, ask, answer];
}

/** How licences are called where they are only named. */
const names: readonly [spdx: string, pattern: string][] = [
  ['MIT OR Apache-2.0', 'MIT(?: License)?,? or Apache(?: License)?[ -](?:Version )?2\\.0'],
  ['Apache-2.0', 'Apache(?: License)?,?[ -]?(?:v|Version )?2(?:\\.0)?\\b'],
  ['BSD-3-Clause', '(?:BSD[- ]3[- ]Clause|3-Clause BSD|New BSD)'],
  ['BSD-2-Clause', '(?:BSD[- ]2[- ]Clause|2-Clause BSD|Simplified BSD)'],
  ['MPL-2.0', '(?:MPL[- ]2\\.0|Mozilla Public License)'],
  ['ISC', 'ISC\\b'],
  ['MIT', 'MIT\\b'],
];

/** What comes before a name that makes it a declaration: a heading, a badge, or a sentence. */
const introductions = [
  '^#+ *licen[sc]e\\b[^\\n]*\\n+[^\\n]{0,80}?',
  '^licen[sc]e\\n[-=]+\\n+[^\\n]{0,80}?',
  'badge/licen[sc]e-',
  '(?:licensed|released|available|distributed) under (?:the |an? )?(?:terms of (?:the )?)?\\[?',
  'licen[sc]e: *\\[?',
];

/** The licence that a file names, with the words that do, as the prompt asks for them. */
function namedLicence(text: string): string {
  for (const introduction of introductions) {
    for (const [spdx, pattern] of names) {
      const [words] = new RegExp(introduction + pattern, 'im').exec(text) ?? [];
      if (words) return `${spdx} | ${words}`;
    }
  }
  return 'NONE';
}

const copyleft = /Covered Software|GENERAL PUBLIC LICENSE|ShareAlike|under the terms of this License/i;
const notice =
  /copyright (?:and trademark )?notice[\s\S]{0,120}\b(?:included|appear)|must retain|may not remove or alter|recipients[\s\S]{0,60}copy of this License|gets the text of this license|give appropriate credit|retain the following/i;

/** What a licence's text asks for, by the phrases that licences ask with. */
function judge(text: string): { permissive: boolean; noticeRequired: boolean } {
  return { permissive: !copyleft.test(text), noticeRequired: notice.test(text) };
}
