import { z } from 'zod';
import { ServerState } from './server-files.ts';

/** What a supervisor tells the process that started it, once. */
export const SupervisorReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('running'), state: ServerState }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);
export type SupervisorReport = z.infer<typeof SupervisorReport>;
