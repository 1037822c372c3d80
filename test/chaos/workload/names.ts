import { createHash } from 'node:crypto';

/**
 * Everything that is asked for has a name such as `root.2~1.17`: the agent, the step, the attempt after `~`, the item.
 * What is asked in a second attempt is another prompt with the same answer.
 */
export function weightOf(name: string): number {
  return numberOf(name.replaceAll(/~\d+/g, '')) % 997;
}

/** How long the model takes over a prompt, in milliseconds. */
export function delayOf(name: string, least: number, most: number): number {
  return least + (numberOf(`delay of ${name}`) % (most - least + 1));
}

function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}
