import { Refusal } from './answer.ts';
import type { Machine } from './machine.ts';
import type { SandboxRecord } from './sandbox-record.ts';

/** The processes of a sandbox. Refuses as the service's proxy does where there are none. */
export function runningMachine({ machine }: SandboxRecord): Machine {
  if (machine === null) {
    throw new Refusal(400, 'bad request: no IP address found. Is the Sandbox started?', 'BAD_REQUEST');
  }
  return machine;
}
