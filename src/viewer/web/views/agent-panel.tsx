import { useEffect, useState } from 'preact/hooks';
import { formatCost, formatCount, formatCounted, formatDuration } from '../../../cli/format-quantities.ts';
import type { AgentDetail } from '../../details.ts';
import type { AgentOutline, RunOutline } from '../../outline.ts';
import { startedIn } from '../model/agent-tree.ts';
import { ClippedText } from '../parts/clipped-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { PatchView } from '../parts/patch-view.tsx';
import { StatusBadge } from '../parts/status.tsx';
import { ValueView } from '../parts/value-view.tsx';
import { information, now, say } from '../state/app.ts';
import { agentHash } from '../state/location.ts';
import type { RunStore } from '../state/run-store.ts';
import { useDetail } from '../state/use-detail.ts';
import { InputList } from './input-list.tsx';
import { IterationCard } from './iteration-card.tsx';
import { VerbButtons } from './verb-buttons.tsx';

export interface AgentPanelProps {
  store: RunStore;
  outline: RunOutline;
  agent: AgentOutline;
  /** The iteration that the address names. */
  wanted: number | null;
}

/** One agent: what it was asked, what it answered, and how it came to that. */
export function AgentPanel({ store, outline, agent, wanted }: AgentPanelProps) {
  const { agentId, status } = agent;
  const detail = useDetail(() => store.source.agent(agentId), [store, agentId, status, store.state.value]);
  const { value } = detail;
  return (
    <section class="agent-panel" aria-label={`agent ${agentId}`} tabIndex={-1} id="agent-panel">
      <div>
        <AgentHead agent={agent} store={store} />
        {agent.depth > 0 && !value?.inputs.some(({ name }) => name === 'task') && <Task agent={agent} />}
        {detail.problem && (
          <p class="problem" role="alert">
            {detail.problem}
          </p>
        )}
        {value && value.inputs.length > 0 && <InputList key={agentId} detail={value} store={store} />}
        <Answer agent={agent} detail={value} />
        <Remarks agent={agent} />
        {value && value.summaries.length > 0 && (
          <Section title="Summaries">
            {value.summaries.map(({ afterIteration, text }) => (
              <ClippedText
                key={afterIteration}
                text={text}
                label={`summary up to iteration ${afterIteration}`}
                kind="message"
              />
            ))}
          </Section>
        )}
        {value?.patch && (
          <Section title="Patch">
            <PatchView patch={value.patch} />
          </Section>
        )}
        <Iterations store={store} outline={outline} agent={agent} wanted={wanted} />
      </div>
    </section>
  );
}

function AgentHead({ agent, store }: { agent: AgentOutline; store: RunStore }) {
  const { agentId, usage, startedAt, endedAt, model } = agent;
  const { workflowUrl } = information.value ?? {};
  const elapsed = (endedAt ?? Math.max(now.value, startedAt)) - startedAt;
  const tokens = usage.promptTokens + usage.completionTokens;
  return (
    <header class="agent-head">
      <div class="agent-title">
        <h2>
          <Crumbs agentId={agentId} />
        </h2>
        <StatusBadge of={agent} />
        {agent.paused && <span class="badge tone-warn">paused</span>}
        <span class="grow" />
        {store.source.isLive && workflowUrl && (
          <a
            class="icon-button"
            href={`${workflowUrl}${encodeURIComponent(agentId)}`}
            target="_blank"
            rel="noreferrer"
            aria-label="this agent in the Temporal Web UI"
            title="In the Temporal Web UI"
          >
            <Icon name="external" />
          </a>
        )}
        <button
          type="button"
          class="icon-button"
          aria-label="copy the id"
          title="Copy the id"
          onClick={() => void copy(agentId)}
        >
          <Icon name="copy" />
        </button>
        {agent.depth > 0 && <VerbButtons agent={agent} />}
      </div>
      <p class="agent-facts">
        <span>{model}</span>
        <span>{formatDuration(elapsed)}</span>
        <span>{formatCounted(usage.iterations, 'iteration')}</span>
        {usage.subQueries > 0 && <span>{formatCounted(usage.subQueries, 'sub-query')}</span>}
        <span>{formatCount(tokens)} tokens</span>
        <span>{usage.costUsd === null ? 'cost unknown' : formatCost(usage.costUsd)}</span>
      </p>
    </header>
  );
}

function Crumbs({ agentId }: { agentId: string }) {
  const parts = agentId.split('/');
  return (
    <>
      {parts.map((part, place) => {
        const id = parts.slice(0, place + 1).join('/');
        const isLast = place === parts.length - 1;
        const iteration = isLast ? null : startedIn(parts.slice(0, place + 2).join('/'));
        return isLast ? (
          <span key={id}>{place === 0 ? 'root' : part}</span>
        ) : (
          <a key={id} href={agentHash(id, iteration)} title="the iteration that started it">
            {place === 0 ? 'root' : part}
          </a>
        );
      })}
    </>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(`${text} is copied`);
  } catch {
    say('the browser does not let the page copy', true);
  }
}

export function Section({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <section class="section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Task({ agent }: { agent: AgentOutline }) {
  if (agent.task === '') return null;
  return (
    <Section title="Task">
      <ClippedText text={agent.task} label="task" kind="answer" />
    </Section>
  );
}

function Answer({ agent, detail }: { agent: AgentOutline; detail: AgentDetail | null }) {
  const { status, error, finish, answer } = agent;
  if (status === 'running') return null;
  const problem = detail?.error ?? error;
  const output = detail?.output ?? null;
  const [only, ...others] = Object.entries(output ?? {});
  return (
    <Section title={status === 'completed' ? (finish === 'limit' ? 'Answer, at a limit' : 'Answer') : 'How it ended'}>
      {problem && (
        <div class="failure">
          <b>{problem.type}</b>
          <ClippedText text={problem.message} label="error" kind="error" />
        </div>
      )}
      {status === 'cancelled' && <p class="quiet">It was cancelled.</p>}
      {only && others.length === 0 && <ValueView value={only[1]} label={only[0]} />}
      {others.length > 0 && <Outputs output={output as Record<string, unknown>} />}
      {status === 'completed' && output === null && answer !== null && (
        <ClippedText text={answer} label="beginning of the answer" kind="answer" />
      )}
    </Section>
  );
}

/** Several output fields, each by its name. */
function Outputs({ output }: { output: Record<string, unknown> }) {
  return (
    <dl class="outputs">
      {Object.entries(output).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <ValueView value={value} label={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What is worth knowing of how it went. */
function Remarks({ agent }: { agent: AgentOutline }) {
  const { recoveries, remarks, extraction } = agent;
  const all = [
    ...(recoveries > 0
      ? [`its sandbox was lost and built again ${recoveries === 1 ? 'once' : `${recoveries} times`}`]
      : []),
    ...(extraction?.reason ? [`it answered from what it had: ${extraction.reason}`] : []),
    ...remarks,
  ];
  if (all.length === 0) return null;
  return (
    <Section title="Remarks">
      <ul class="remarks">
        {all.map((remark) => (
          <li key={remark}>
            <Icon name="alert" /> {remark}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** So many iterations are there at first; earlier ones are one click away. */
const listed = 100;

function Iterations({ store, outline, agent, wanted }: AgentPanelProps) {
  const { iterations } = agent;
  const [first, setFirst] = useState(() => Math.max(0, (wanted ?? iterations.length) - listed / 2));
  useEffect(() => {
    if (wanted !== null && wanted <= first) setFirst(Math.max(0, wanted - listed / 2));
  }, [wanted]);
  const from = iterations.length <= listed ? 0 : first;
  const shown = iterations.slice(
    from,
    agent.status === 'running' ? undefined : from + Math.max(listed, iterations.length - from),
  );
  const last = iterations.at(-1)?.index;
  return (
    <Section title={`Iterations`}>
      {iterations.length === 0 && <p class="quiet">{agent.status === 'running' ? agent.doing : 'There is none.'}</p>}
      {from > 0 && (
        <button type="button" class="cut" onClick={() => setFirst(Math.max(0, from - listed))}>
          show {Math.min(listed, from)} of {from} earlier iterations
        </button>
      )}
      <ol class="iterations">
        {shown.map((iteration) => (
          <IterationCard
            key={iteration.index}
            store={store}
            outline={outline}
            agent={agent}
            iteration={iteration}
            isWanted={iteration.index === wanted}
            isOpenAtFirst={wanted === null && (iteration.index === last || iterations.length <= 3)}
          />
        ))}
      </ol>
    </Section>
  );
}
