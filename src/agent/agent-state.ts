import { z } from 'zod';
import { Usage } from './usage.ts';

/** What an agent is doing. */
export const Phase = z.enum(['starting', 'thinking', 'running', 'waiting', 'extracting', 'finishing', 'ended']);
export type Phase = z.infer<typeof Phase>;

/** Answer of the workflow query `state`: what a live view of one agent needs. */
export const AgentState = z.object({
  phase: Phase,
  iteration: z.number().int().nonnegative(),
  depth: z.number().int().nonnegative(),
  model: z.string(),
  usage: Usage,
});
export type AgentState = z.infer<typeof AgentState>;
