import { fieldNames } from '../field-names.ts';
import { type Conversation, defineScript } from '../script.ts';

const nothing = 'NOTHING RELEVANT';

/**
 * Answers a question over `documents: list[str], question: str -> answer: str`: looks at the documents, asks a query for
 * each what it says to the question, and submits what was found.
 */
export default defineScript({
  name: 'documents',
  query: (prompt) => answerFromExcerpt(prompt),
  agent: (conversation) => {
    const { inputs } = fieldNames(conversation.signature);
    const names = { documents: inputs[0] ?? 'documents', question: inputs[1] ?? 'question' };
    if (conversation.iteration === 1) return explore(names);
    return wasAsked(conversation) ? submit : ask(names);
  },
});

interface InputNames {
  documents: string;
  question: string;
}

function wasAsked({ lastObservation }: Conversation): boolean {
  return lastObservation?.includes('documents with an answer') ?? false;
}

function explore({ documents, question }: InputNames): string {
  return `First I look at what there is.

\`\`\`python
lengths = [len(document) for document in ${documents}]
print(f"{len(${documents})} documents, {sum(lengths)} characters, the longest has {max(lengths, default=0)}")
print("question:", ${question})
for number, document in enumerate(${documents}[:3]):
    print(number, repr(document[:200]))
\`\`\`
`;
}

function ask({ documents, question }: InputNames): string {
  return `I ask one query for each document, all at once.

\`\`\`python
prompts = [
    f"Question: {${question}}\\nQuote the sentence of this document that answers it, or say ${nothing}.\\nDocument:\\n{document}"
    for document in ${documents}
]
answers = llm_query_batched(prompts)
found = [
    (number, answer)
    for number, answer in enumerate(answers)
    if not answer.startswith(("${nothing}", "Error: "))
]
print(f"{len(found)} documents with an answer, of {len(answers)}")
for number, answer in found[:20]:
    print(number, answer[:300])
\`\`\`
`;
}

const submit = `What was found answers the question.

\`\`\`python
SUBMIT("\\n".join(f"[{number}] {answer}" for number, answer in found) or "None of the documents answers the question.")
\`\`\`
`;

/** Words that say nothing of what a question is about. */
const commonWords = new Set(
  'a an and are as at be by did do does for from had has have how in into is it its many most much of on or that the their there these they this to was were what when where which who whom whose why will with would'.split(
    ' ',
  ),
);

/** The sentence of the document that shares most words with the question, when it shares at least half of them. */
function answerFromExcerpt(prompt: string): string {
  const parts = /^Question: ([\s\S]*?)\nQuote [^\n]*\nDocument:\n([\s\S]*)$/.exec(prompt);
  const question = wordsOf(parts?.[1] ?? prompt);
  let best = { shared: 0, sentence: '' };
  for (const sentence of (parts?.[2] ?? '').split(/(?<=[.!?])\s+|\n+/)) {
    const words = wordsOf(sentence);
    const shared = [...question].filter((word) => words.has(word)).length;
    if (shared > best.shared) best = { shared, sentence: sentence.trim() };
  }
  return best.shared > 0 && best.shared * 2 >= question.size ? best.sentence : nothing;
}

function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !commonWords.has(word)).map((word) => word.replace(/(?<=\w{3})s$/, '')));
}
