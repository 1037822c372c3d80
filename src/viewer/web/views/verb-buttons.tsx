import { useEffect, useRef, useState } from 'preact/hooks';
import type { AgentOutline } from '../../outline.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { information, say } from '../state/app.ts';
import { tellServer } from '../state/ask-server.ts';
import { goTo } from '../state/location.ts';

/** How the page offers a verb. The server says which ones it has. */
interface VerbOffer {
  name: string;
  icon: IconName;
  title: string;
  /** What is asked before. */
  question: (agent: AgentOutline, iteration: number | null) => string;
  /** What may be written with it, and whether it must be. */
  text?: { label: string; isNeeded: boolean };
  isDangerous?: boolean;
  fits: (agent: AgentOutline, iteration: number | null) => boolean;
}

const offers: readonly VerbOffer[] = [
  {
    name: 'tell',
    icon: 'note',
    title: 'Tell',
    question: () => 'What should the model know before its next reply?',
    text: { label: 'note to the model', isNeeded: true },
    fits: ({ status }, iteration) => status === 'running' && iteration === null,
  },
  {
    name: 'pause',
    icon: 'pause',
    title: 'Pause',
    question: () => 'Start no model call any more, here and below?',
    fits: ({ status, paused }, iteration) => status === 'running' && !paused && iteration === null,
  },
  {
    name: 'resume',
    icon: 'play',
    title: 'Resume',
    question: () => 'Go on?',
    fits: ({ status, paused }, iteration) => status === 'running' && paused && iteration === null,
  },
  {
    name: 'retry',
    icon: 'again',
    title: 'Retry',
    question: ({ status }) =>
      status === 'running' ? 'End this attempt and start the task afresh?' : 'Start a run that does this task anew?',
    fits: ({ depth }, iteration) => depth > 0 && iteration === null,
  },
  {
    name: 'fork',
    icon: 'branch',
    title: 'Fork',
    question: (_, iteration) => `Start a run that begins after iteration ${iteration}?`,
    text: { label: 'other instructions, if any', isNeeded: false },
    fits: (_, iteration) => iteration !== null,
  },
  {
    name: 'cancel',
    icon: 'stop',
    title: 'Cancel',
    question: ({ children, depth }) => {
      if (depth === 0) return 'Cancel the whole run?';
      return children.length > 0 ? 'Cancel this agent and everything below it?' : 'Cancel this agent?';
    },
    isDangerous: true,
    fits: ({ status }, iteration) => status === 'running' && iteration === null,
  },
];

interface VerbButtonsProps {
  agent: AgentOutline;
  /** What is done begins after it. Default: what is done is about the agent. */
  iteration?: number | null;
  isQuiet?: boolean;
}

/** What can be done with an agent, with a whole run where it is the root, or after an iteration. */
export function VerbButtons({ agent, iteration = null, isQuiet = false }: VerbButtonsProps) {
  const [asked, setAsked] = useState<VerbOffer | null>(null);
  const known = information.value?.verbs ?? [];
  const fitting = offers.filter((offer) => known.includes(offer.name) && offer.fits(agent, iteration));
  return (
    <>
      {fitting.map((offer) => (
        <button
          key={offer.name}
          type="button"
          class={isQuiet ? 'button quiet' : 'button'}
          aria-haspopup="dialog"
          onClick={() => setAsked(offer)}
        >
          <Icon name={offer.icon} /> {offer.name === 'cancel' && agent.depth === 0 ? 'Cancel run' : offer.title}
        </button>
      ))}
      {asked && <Question offer={asked} agent={agent} iteration={iteration} onClose={() => setAsked(null)} />}
    </>
  );
}

interface QuestionProps {
  offer: VerbOffer;
  agent: AgentOutline;
  iteration: number | null;
  onClose(): void;
}

/** Asks before anything is done, and for what is to be said with it. */
function Question({ offer, agent, iteration, onClose }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  const question = offer.question(agent, iteration);
  useEffect(() => dialog.current?.showModal(), []);
  const carryOut = async () => {
    setBusy(true);
    try {
      const given = { ...(text === '' ? {} : { text }), ...(iteration === null ? {} : { iteration }) };
      const { message, runId } = await tellServer('/api/verbs', { verb: offer.name, agentId: agent.agentId, ...given });
      say(message);
      if (runId !== undefined) goTo({ page: 'run', agentId: runId, iteration: null, view: 'tree' });
    } catch (error) {
      say((error as Error).message, true);
    } finally {
      onClose();
    }
  };
  return (
    <dialog ref={dialog} class="question" aria-label={question} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void carryOut();
        }}
      >
        <p>{question}</p>
        {offer.text && (
          <textarea
            aria-label={offer.text.label}
            placeholder={offer.text.label}
            rows={4}
            required={offer.text.isNeeded}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
        <div class="answers">
          <button type="button" class="button quiet" onClick={onClose}>
            No
          </button>
          <button type="submit" class={offer.isDangerous ? 'button danger' : 'button primary'} disabled={isBusy}>
            {offer.title}
          </button>
        </div>
      </form>
    </dialog>
  );
}
