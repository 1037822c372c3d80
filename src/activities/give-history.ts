import type { Compaction } from '../agent/compaction.ts';
import { SandboxRefused } from '../errors.ts';
import { historyText } from '../prompts/history-text.ts';
import { activity } from './activity-scope.ts';
import type { Dependencies } from './dependencies.ts';
import type { OpenSandbox } from './open-sandbox.ts';

export interface GiveHistoryInput {
  open: Pick<OpenSandbox, 'sandbox' | 'kernelId'>;
  variable: string;
  /** The text is what was said before the last of these. */
  compactions: Compaction[];
}

/** Puts the text of a conversation into the running kernel. False: it is too large for the sandbox. */
export function giveHistoryActivity({ brokers, transcripts }: Dependencies) {
  return activity(async ({ open, variable, compactions }: GiveHistoryInput, _signal, report): Promise<boolean> => {
    const broker = await brokers.client(open.sandbox);
    const texts = await Promise.all(
      compactions.map(async ({ transcript }, index) =>
        historyText(await transcripts.compactedMessages(transcript), compactions[index - 1]?.afterIteration ?? 0),
      ),
    );
    const json = Buffer.from(JSON.stringify(texts.join('')));
    try {
      await broker.putInput(variable, json, (sent) => report(`${sent} of ${json.byteLength} bytes sent`));
    } catch (error) {
      // The agent can go on without it, and its model is told.
      if (error instanceof SandboxRefused) return false;
      throw error;
    }
    await broker.setInput({ kernelId: open.kernelId, name: variable });
    return true;
  });
}
