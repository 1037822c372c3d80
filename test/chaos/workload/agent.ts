import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { defineAgent } from '../../../src/define-agent.ts';
import { tool } from '../../../src/tool.ts';
import { delayOf, weightOf } from './names.ts';

/** The agent whose runs are disturbed. Its tools write each call into the log. */
export function chaosAgent(toolLog: string) {
  const note = (name: string) => appendFileSync(toolLog, `${name}\n`);
  return defineAgent({
    name: 'chaos',
    signature: '-> answer: str',
    tools: {
      measure: tool({
        description: 'Measures something; may be asked twice.',
        parameters: z.object({ name: z.string() }),
        idempotent: true,
        async execute({ name }, { signal }) {
          await setTimeout(delayOf(name, 20, 120), null, { signal });
          note(`measure ${name}`);
          return weightOf(name);
        },
      }),
      ring: tool({
        description: 'Rings a bell; nobody wants to hear it twice.',
        parameters: z.object({ bell: z.string() }),
        async execute({ bell }, { signal }) {
          note(`ring ${bell}`);
          await setTimeout(delayOf(bell, 20, 120), null, { signal });
          return 'rung';
        },
      }),
    },
  });
}
