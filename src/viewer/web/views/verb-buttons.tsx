import { useState } from 'preact/hooks';
import type { AgentOutline } from '../../outline.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { information } from '../state/app.ts';
import { ForkDialog } from './fork-dialog.tsx';
import { VerbDialog } from './verb-dialog.tsx';

/** How the page offers a verb. The server says which ones it has. */
interface VerbOffer {
  name: string;
  icon: IconName;
  title: string;
  /** What is asked before. */
  question: (agent: AgentOutline) => string;
  /** What is written with it. */
  note?: string;
  isDangerous?: boolean;
  fits: (agent: AgentOutline, iteration: number | null) => boolean;
}

const offers: readonly VerbOffer[] = [
  {
    name: 'tell',
    icon: 'note',
    title: 'Tell',
    question: () => 'What should the model know before its next reply?',
    note: 'note to the model',
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
    question: () => 'Start a run that begins after an iteration?',
    fits: () => true,
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
  const close = () => setAsked(null);
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
      {asked?.name === 'fork' && <ForkDialog agent={agent} iteration={iteration} onClose={close} />}
      {asked && asked.name !== 'fork' && <Question offer={asked} agent={agent} onClose={close} />}
    </>
  );
}

interface QuestionProps {
  offer: VerbOffer;
  agent: AgentOutline;
  onClose(): void;
}

/** Asks whether it is wanted, and for what is to be said with it. */
function Question({ offer, agent, onClose }: QuestionProps) {
  const [text, setText] = useState('');
  const question = offer.question(agent);
  const request = () => ({ verb: offer.name, agentId: agent.agentId, ...(text === '' ? {} : { text }) });
  const { title, isDangerous = false, note } = offer;
  return (
    <VerbDialog label={question} verb={title} isDangerous={isDangerous} request={request} onClose={onClose}>
      <p>{question}</p>
      {note && (
        <textarea
          aria-label={note}
          placeholder={note}
          rows={4}
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
    </VerbDialog>
  );
}
