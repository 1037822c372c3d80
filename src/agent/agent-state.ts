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
  /** Of the agent, and of those below it that have ended. */
  usage: Usage,
  /** Of a root: how many agents its tree has had so far. */
  agents: z.number().int().positive().optional(),
});
export type AgentState = z.infer<typeof AgentState>;
