import { CancellationScope, sleep } from '@temporalio/workflow';
import { hostTimes } from './activities.ts';
import { atSandbox } from './at-sandbox.ts';
import { openSandboxOf, type RunningAgent } from './running-agent.ts';

/** The broker ends itself when nobody asks it anything for half an hour; an agent that waits must be heard of before. */
const leaseRenewal = '10 minutes';

/** Waits for something, and lets the sandbox know that it is still needed. */
export async function keepingLease<T>(agent: RunningAgent, wait: () => Promise<T>): Promise<T> {
  const renewal = new CancellationScope();
  const { sandbox } = openSandboxOf(agent);
  const renewing = renewal.run(async () => {
    for (;;) {
      await sleep(leaseRenewal, { summary: 'keep the sandbox' });
      await atSandbox(agent, hostTimes.interrupt, ({ renewLease }) => renewLease({ sandbox }));
    }
  });
  // Whatever is wrong with the sandbox shows when the answers are delivered.
  renewing.catch(() => {});
  try {
    return await wait();
  } finally {
    renewal.cancel();
  }
}
