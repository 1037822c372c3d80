import { defineAgent } from 'durable-rlm';
import { z } from 'zod';

const Row = z.object({
  licence: z.string().describe('SPDX identifier'),
  packages: z.array(z.string()).min(1),
  permissive: z.boolean().describe('false where changes must stay under the same licence'),
  noticeRequired: z.boolean().describe('whether a copy must keep the copyright or licence notice'),
  example: z.object({
    package: z.string(),
    file: z.string(),
    quote: z.string().describe('the words of that file that show the licence'),
  }),
});

/** Which licences a project depends on: input and output are typed, and checked on their way in and out. */
export const licences = defineAgent({
  name: 'licences',
  inputs: z.object({
    documents: z
      .array(z.object({ package: z.string(), file: z.string(), text: z.string() }))
      .describe('the licence and readme files of software packages'),
  }),
  outputs: z.object({
    licences: z.array(Row).describe('each licence once, with all of its packages'),
    unknown: z.array(z.string()).describe('packages whose documents name no licence'),
  }),
  instructions:
    'Give sub-agents about 60 packages each. Find by code what has a fixed wording, and ask a query only about the rest.',
  limits: { resultTruncationLimit: 50_000 },
});
