import { defineScript } from '../script.ts';
import { nextStep, pythonOf, type Step } from '../steps.ts';
import documents from './documents.ts';

const python = pythonOf(import.meta.url);

const steps: readonly Step[] = [
  { thought: 'I search the knowledge base for the question.', code: python('search'), shows: 'articles found' },
  { thought: 'Which sentence answers it, I ask for each article.', code: python('ask'), shows: 'articles answer' },
  { thought: 'The first article fits best.', code: python('submit'), shows: null },
];

/** Answers `question` with the tool `search_knowledge_base`, into `answer` and `sources`. */
export default defineScript({
  name: 'tools',
  agent: (conversation) => nextStep(conversation, steps),
  // The question is asked of an article as it is of a document.
  query: (prompt, query) => documents.query?.(prompt, query) ?? '',
});
