import type { ArtifactReference } from '../artifacts/store.ts';
import { SandboxRefused } from '../errors.ts';
import { activity } from './activity-scope.ts';
import type { Dependencies } from './dependencies.ts';
import type { OpenSandbox } from './open-sandbox.ts';

export interface GiveHistoryInput {
  open: Pick<OpenSandbox, 'sandbox' | 'kernelId'>;
  variable: string;
  /** The text, in parts. */
  parts: ArtifactReference[];
}

/** Puts the text of a conversation into the running kernel. False: it is too large for the sandbox. */
export function giveHistoryActivity({ brokers, store }: Dependencies) {
  return activity(async ({ open, variable, parts }: GiveHistoryInput, _signal, report): Promise<boolean> => {
    const broker = await brokers.client(open.sandbox);
    const texts = await Promise.all(parts.map((part) => store.get(part)));
    const json = Buffer.from(JSON.stringify(Buffer.concat(texts).toString('utf8')));
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
