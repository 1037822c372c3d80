import { useState } from 'preact/hooks';
import type { AgentOutline } from '../../outline.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { information, say } from '../state/app.ts';
import { tellServer } from '../state/ask-server.ts';

/** How the page offers a verb. The server says which ones it has. */
interface VerbOffer {
  name: string;
  icon: IconName;
  title: string;
  /** What is asked before. */
  question: (agent: AgentOutline, isRun: boolean) => string;
  fits: (agent: AgentOutline) => boolean;
}

const offers: readonly VerbOffer[] = [
  {
    name: 'cancel',
    icon: 'stop',
    title: 'Cancel',
    question: ({ children }, isRun) => {
      if (isRun) return 'Cancel the whole run?';
      return children.length > 0 ? 'Cancel this agent and everything below it?' : 'Cancel this agent?';
    },
    fits: ({ status }) => status === 'running',
  },
];

/** What can be done with an agent, or with the whole run where it is the root. */
export function VerbButtons({ agent, isRun = false }: { agent: AgentOutline; isRun?: boolean }) {
  const [asked, setAsked] = useState<VerbOffer | null>(null);
  const [isBusy, setBusy] = useState(false);
  const known = information.value?.verbs ?? [];
  const fitting = offers.filter((offer) => known.includes(offer.name) && offer.fits(agent));
  if (fitting.length === 0) return null;
  const carryOut = async (offer: VerbOffer) => {
    setBusy(true);
    try {
      const { message } = await tellServer('/api/verbs', { verb: offer.name, agentId: agent.agentId });
      say(message);
    } catch (error) {
      say((error as Error).message, true);
    } finally {
      setBusy(false);
      setAsked(null);
    }
  };
  if (asked && fitting.includes(asked)) {
    return (
      <span class="confirm" role="alertdialog" aria-label={asked.question(agent, isRun)}>
        {asked.question(agent, isRun)}
        <button type="button" class="button danger" disabled={isBusy} onClick={() => void carryOut(asked)}>
          {asked.title}
        </button>
        <button type="button" class="button quiet" onClick={() => setAsked(null)}>
          No
        </button>
      </span>
    );
  }
  return (
    <>
      {fitting.map((offer) => (
        <button key={offer.name} type="button" class="button" onClick={() => setAsked(offer)}>
          <Icon name={offer.icon} /> {isRun ? `${offer.title} run` : offer.title}
        </button>
      ))}
    </>
  );
}
