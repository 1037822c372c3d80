import { z } from 'zod';

export const characters = ['Dantès', 'Danglars', 'Fernand/Morcerf', 'Villefort', 'Mercédès'] as const;

/** How wealthy a character is in a chapter, and what shows it. */
export const Wealth = z.object({
  chapter: z.int().positive(),
  character: z.enum(characters),
  wealth: z.number().min(1).max(10),
  event: z.string(),
});
export type Wealth = z.infer<typeof Wealth>;

/** What the agent is asked, of a novel of so many chapters. */
export function wealthTask(chapters: number): string {
  return `\`chapters\` is The Count of Monte Cristo. Trace how wealthy five characters are through the novel:
${characters.join(', ')}. Dantès is the Count of Monte Cristo later on, Fernand Mondego the Count of Morcerf, and
Mercédès his wife.

Give one dict for each of them and each chapter, ${characters.length * chapters} in all:
{"chapter": 1 to ${chapters}, "character": the name as written above, "wealth": 1 (destitute) to 10 (richest in Paris),
"event": what in the chapter shows or changes it, in a few words}
Where a chapter says nothing of somebody, the wealth stays as it was.`;
}

/** The rows that are as they were asked for, and what is wrong with the others. */
export function checkWealth(rows: readonly unknown[], chapters: number): { rows: Wealth[]; problems: string[] } {
  const valid = rows.flatMap((row) => {
    const checked = Wealth.safeParse(row);
    return checked.success && checked.data.chapter <= chapters ? [checked.data] : [];
  });
  const problems: string[] = [];
  if (valid.length < rows.length) problems.push(`${rows.length - valid.length} rows are not as they were asked for`);
  for (const character of characters) {
    const covered = new Set(valid.filter((row) => row.character === character).map(({ chapter }) => chapter));
    if (covered.size < chapters) problems.push(`${character}: ${chapters - covered.size} chapters are missing`);
  }
  return { rows: valid, problems };
}
