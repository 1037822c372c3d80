import { fieldNames } from '../field-names.ts';
import { defineScript } from '../script.ts';

/**
 * Gives back what it gets: a query is answered by its prompt in capitals, an agent submits its first input.
 */
export default defineScript({
  name: 'echo',
  query: (prompt) => prompt.toUpperCase(),
  agent: ({ signature }) => {
    const [input] = fieldNames(signature).inputs;
    return `I give back ${input ?? 'nothing'}.\n\n\`\`\`python\nSUBMIT(${input ?? '""'})\n\`\`\`\n`;
  },
});
