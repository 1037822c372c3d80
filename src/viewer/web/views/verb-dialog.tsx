import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { VerbRequest } from '../../verbs.ts';
import { say } from '../state/app.ts';
import { tellServer } from '../state/ask-server.ts';
import { goTo } from '../state/location.ts';

interface VerbDialogProps {
  /** What a screen reader calls it. */
  label: string;
  /** What stands on the button that does it. */
  verb: string;
  /** What stands on the button that does not. */
  decline?: string;
  isDangerous?: boolean;
  /** What the server is asked for, when somebody wants it. */
  request(): VerbRequest;
  onClose(): void;
  children: ComponentChildren;
}

/** Asks before anything is done. What the server refuses it says here, with all that was typed still in its place. */
export function VerbDialog(props: VerbDialogProps) {
  const { label, verb, decline = 'No', isDangerous = false, request, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const carryOut = async () => {
    if (isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      const { message, runId } = await tellServer('/api/verbs', request());
      onClose();
      say(message);
      if (runId !== undefined) goTo({ page: 'run', agentId: runId, iteration: null, view: 'tree' });
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="question" aria-label={label} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void carryOut();
        }}
      >
        {children}
        <footer>
          {problem !== null && (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
          <button type="button" class="button quiet" onClick={onClose}>
            {decline}
          </button>
          {/* One that is disabled would lose the focus. */}
          <button type="submit" class={isDangerous ? 'button danger' : 'button primary'} aria-disabled={isBusy}>
            {verb}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
