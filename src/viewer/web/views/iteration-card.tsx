import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../../../cli/format-quantities.ts';
import type { IterationDetail } from '../../details.ts';
import type { AgentOutline, IterationOutline, RunOutline } from '../../outline.ts';
import { ClippedText } from '../parts/clipped-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { keepInSight } from '../parts/keep-in-sight.ts';
import { PythonCode } from '../parts/python-code.tsx';
import { iterationStanding } from '../parts/status.tsx';
import { now } from '../state/app.ts';
import type { RunStore } from '../state/run-store.ts';
import { useDetail } from '../state/use-detail.ts';
import { CallList } from './call-list.tsx';
import { RunningOutput } from './running-output.tsx';
import { RunningReply } from './running-reply.tsx';
import { VerbButtons } from './verb-buttons.tsx';

interface IterationCardProps {
  store: RunStore;
  outline: RunOutline;
  agent: AgentOutline;
  iteration: IterationOutline;
  /** Whether the address names it. */
  isWanted: boolean;
  isOpenAtFirst: boolean;
}

/** One iteration: a line, and what was thought, run, asked and shown when it is open. */
export function IterationCard({ store, outline, agent, iteration, isWanted, isOpenAtFirst }: IterationCardProps) {
  // Null: as it is at first, which of a run that goes on is the latest one.
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isOpen = chosen ?? (isWanted || isOpenAtFirst);
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const panel = card.current?.closest('.agent-panel > div');
    if (!isWanted || !card.current || !panel) return undefined;
    setChosen(true);
    return keepInSight(card.current, panel);
  }, [isWanted]);
  const { index, startedAt, repliedAt, endedAt, preview, calls, furtherCalls } = iteration;
  const { tone, text } = iterationStanding(iteration);
  const total = (endedAt ?? Math.max(now.value, startedAt)) - startedAt;
  const count = calls.reduce((sum, call) => sum + call.count, furtherCalls);
  return (
    <li class={`iteration tone-${tone} ${isWanted ? 'wanted' : ''}`} id={`iteration-${index}`} ref={card}>
      <button type="button" class="iteration-head" aria-expanded={isOpen} onClick={() => setChosen(!isOpen)}>
        <Icon name="chevron" class={isOpen ? 'turned' : ''} />
        <b>{index}</b>
        <span class={`word tone-${tone}`}>{text}</span>
        <span class="iteration-preview">{isOpen ? '' : preview}</span>
        <span class="iteration-figures">
          {count > 0 && <span>{count === 1 ? '1 call' : `${count} calls`}</span>}
          {repliedAt !== null && <span title="the model's time">model {formatDuration(repliedAt - startedAt)}</span>}
          <span title="the whole iteration">{formatDuration(total)}</span>
        </span>
      </button>
      {isOpen && <IterationBody store={store} outline={outline} agent={agent} iteration={iteration} />}
    </li>
  );
}

function IterationBody({ store, outline, agent, iteration }: Omit<IterationCardProps, 'isWanted' | 'isOpenAtFirst'>) {
  const { index, repliedAt, endedAt } = iteration;
  const hasReplied = repliedAt !== null || endedAt !== null;
  const read = hasReplied ? () => store.source.iteration(agent.agentId, index) : null;
  const { value, problem } = useDetail(read, [store, agent.agentId, index, endedAt, agent.status]);
  return (
    <div class="iteration-body">
      {!hasReplied && <RunningReply store={store} agentId={agent.agentId} index={index} />}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {value && value.reasoning !== '' && <ClippedText text={value.reasoning} label="reasoning" kind="reasoning" />}
      {value && value.code !== null && <PythonCode code={value.code} />}
      {value && value.code === null && (
        <ClippedText text={value.rawResponse} label="reply without code" kind="reasoning" />
      )}
      <CallList store={store} outline={outline} agent={agent} iteration={iteration} />
      {value && <Shown detail={value} />}
      {hasReplied && endedAt === null && <RunningOutput store={store} agentId={agent.agentId} index={index} />}
      {value && <Raw detail={value} />}
      {endedAt !== null && <VerbButtons agent={agent} iteration={index} isQuiet />}
    </div>
  );
}

/** What the cell showed. */
function Shown({ detail }: { detail: IterationDetail }) {
  const { stdout, stderr, error, code, running } = detail;
  const isSilent = code !== null && stdout === '' && stderr === '' && error === null && !running;
  return (
    <>
      {stdout !== '' && <ClippedText text={stdout} label="output" kind="output" />}
      {stderr !== '' && <ClippedText text={stderr} label="standard error" kind="stderr" />}
      {error !== null && <ClippedText text={error} label="error" kind="error" />}
      {isSilent && <p class="quiet">no output</p>}
    </>
  );
}

/** What was said word for word, for those who want to know. */
function Raw({ detail: { told, rawResponse } }: { detail: IterationDetail }) {
  return (
    <div class="raw">
      {told && (
        <Folded title="what the model was told">
          {() =>
            told.map(({ role, content }, place) => (
              <ClippedText key={place} text={content} label={role} kind="message" />
            ))
          }
        </Folded>
      )}
      <Folded title="its reply, word for word">
        {() => <ClippedText text={rawResponse} label="reply" kind="message" />}
      </Folded>
    </div>
  );
}

/** What is made when it is unfolded. */
function Folded({ title, children }: { title: string; children: () => ComponentChildren }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && children()}
    </details>
  );
}
