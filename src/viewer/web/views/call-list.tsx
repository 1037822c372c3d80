import { useState } from 'preact/hooks';
import { shortId } from '../../../agent/names.ts';
import { formatCost, formatCount, formatDuration } from '../../../cli/format-quantities.ts';
import type { CallItemDocument } from '../../../results/run-document.ts';
import {
  type AgentOutline,
  type CallOutline,
  type IterationOutline,
  type RunOutline,
  standingOf,
} from '../../outline.ts';
import { ClippedText } from '../parts/clipped-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { StatusDot } from '../parts/status.tsx';
import { now } from '../state/app.ts';
import { agentHash } from '../state/location.ts';
import type { RunStore } from '../state/run-store.ts';
import { useDetail } from '../state/use-detail.ts';
import { secondLine } from './agent-list.tsx';

interface CallListProps {
  store: RunStore;
  outline: RunOutline;
  agent: AgentOutline;
  iteration: IterationOutline;
}

const firstCalls = 20;
const firstItems = 20;
const tones = { running: 'running', ok: 'good', error: 'bad', refused: 'warn', cancelled: 'quiet' } as const;

/** What the cell asked the host for. */
export function CallList({ iteration, ...rest }: CallListProps) {
  const [shown, setShown] = useState(firstCalls);
  const { calls, furtherCalls } = iteration;
  if (calls.length === 0) return null;
  return (
    <div class="calls">
      <ul aria-label="calls">
        {calls.slice(0, shown).map((call) => (
          <CallRow key={call.key} call={call} iteration={iteration} {...rest} />
        ))}
      </ul>
      {calls.length > shown && (
        <button type="button" class="cut" onClick={() => setShown(shown + 100)}>
          show {Math.min(100, calls.length - shown)} of {formatCount(calls.length - shown)} more calls
        </button>
      )}
      {furtherCalls > 0 && calls.length <= shown && (
        <p class="quiet">and {formatCount(furtherCalls)} more, which are only counted here</p>
      )}
    </div>
  );
}

function CallRow({ store, outline, agent, iteration, call }: CallListProps & { call: CallOutline }) {
  const [isOpen, setOpen] = useState(false);
  const { count, status, startedAt, endedAt, costUsd, agents } = call;
  const isBatch = agents.length > 0 && count > 1;
  const child = agents.length > 0 && !isBatch ? outline.agents.get(agents.at(-1) ?? '') : undefined;
  const end = endedAt ?? child?.endedAt ?? (status === 'running' ? Math.max(now.value, startedAt) : startedAt);
  const isWaiting = status === 'running' && !child;
  const tone = child ? null : tones[status];
  return (
    <li class="call">
      <button type="button" class="call-head" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name="chevron" class={isOpen ? 'turned' : ''} />
        {child ? <StatusDot of={child} /> : <span class={`dot tone-${tone}`} role="img" aria-label={status} />}
        <code>{call.function}</code>
        {count > 1 && <span class="quiet">× {formatCount(count)}</span>}
        {isBatch && status === 'running' ? <BatchStanding outline={outline} call={call} /> : <Failed call={call} />}
        {child && <span class="call-task">{child.task}</span>}
        <span class="grow" />
        <span class="iteration-figures">
          {costUsd !== null && costUsd > 0 && <span>{formatCost(costUsd)}</span>}
          <span>{isWaiting ? `waiting, ${formatDuration(end - startedAt)}` : formatDuration(end - startedAt)}</span>
        </span>
      </button>
      {agents.length > 0 && (isOpen || !isBatch) && (
        <ul class="sub-agents" aria-label="sub-agents">
          {agents.map((id) => (
            <SubAgent key={id} agentId={id} agent={outline.agents.get(id)} />
          ))}
        </ul>
      )}
      {isOpen && agents.length === 0 && <CallItems store={store} agent={agent} iteration={iteration} call={call} />}
    </li>
  );
}

/** How far a batch of sub-agents is. */
function BatchStanding({ outline, call }: { outline: RunOutline; call: CallOutline }) {
  const { done, running, failed } = standingOf(outline, call);
  return (
    <span class="standing">
      <span>
        {formatCount(done)} of {formatCount(call.count)} done
      </span>
      {running > 0 && <span class="word tone-running">{formatCount(running)} running</span>}
      {failed > 0 && <span class="word tone-bad">{formatCount(failed)} failed</span>}
    </span>
  );
}

function Failed({ call: { failed, status, count } }: { call: CallOutline }) {
  if (failed === 0) return null;
  const said = status === 'refused' ? 'refused' : count === 1 ? 'failed' : `${formatCount(failed)} failed`;
  return <span class="word tone-bad">{said}</span>;
}

/** A sub-agent at its parent's call: a click opens it. */
function SubAgent({ agentId, agent }: { agentId: string; agent: AgentOutline | undefined }) {
  return (
    <li>
      <a href={agentHash(agentId)} class="sub-agent">
        {agent && <StatusDot of={agent} />}
        <Icon name="branch" />
        <b>{shortId(agentId)}</b>
        {agent && <span class="call-task">{agent.task}</span>}
        {agent && <span class="call-answer">{secondLine(agent)}</span>}
      </a>
    </li>
  );
}

function CallItems({ store, agent, iteration, call }: Omit<CallListProps, 'outline'> & { call: CallOutline }) {
  const [shown, setShown] = useState(firstItems);
  const { value, problem, isLoading } = useDetail(
    () => store.source.call(agent.agentId, iteration.index, call.key),
    [store, agent.agentId, iteration.index, call.key, call.endedAt],
  );
  if (problem) return <p class="problem">{problem}</p>;
  if (!value) return <p class="quiet call-items">{isLoading ? 'reading …' : 'what was asked is not at hand'}</p>;
  if (value.items.length === 0) {
    return (
      <p class="quiet call-items">
        {call.status === 'refused'
          ? 'It was refused; the output says why.'
          : 'What was asked and answered was not kept here.'}
      </p>
    );
  }
  return (
    <div class="call-items">
      {value.items.slice(0, shown).map((item) => (
        <CallItem key={item.index} item={item} isOne={value.items.length === 1} />
      ))}
      {value.items.length > shown && (
        <button type="button" class="cut" onClick={() => setShown(shown + 100)}>
          show {Math.min(100, value.items.length - shown)} of {formatCount(value.items.length - shown)} more
        </button>
      )}
      {!value.complete && value.items.length <= shown && <p class="quiet">The results hold no more of this call.</p>}
    </div>
  );
}

function CallItem({ item, isOne }: { item: CallItemDocument; isOne: boolean }) {
  const { index, prompt, answer, error, durationMs, costUsd } = item;
  return (
    <div class="call-item">
      <p class="item-head">
        {!isOne && <b>{index + 1}</b>}
        {durationMs !== undefined && <span>{formatDuration(durationMs)}</span>}
        {costUsd !== undefined && costUsd !== null && costUsd > 0 && <span>{formatCost(costUsd)}</span>}
      </p>
      {prompt !== null && <ClippedText text={prompt} label="prompt" kind="prompt" />}
      {answer !== null && <ClippedText text={answer} label="answer" kind="answer" />}
      {error !== undefined && <ClippedText text={error} label="error" kind="error" />}
      {answer === null && error === undefined && <p class="quiet waiting">no answer yet</p>}
    </div>
  );
}
