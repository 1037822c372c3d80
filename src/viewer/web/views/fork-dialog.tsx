import { useState } from 'preact/hooks';
import type { Limits } from '../../../agent/limits.ts';
import type { AgentOutline } from '../../outline.ts';
import { type ForkFields, forkRequest, furtherLimits, suggestedIterations } from '../model/fork-fields.ts';
import { store } from '../state/app.ts';
import { VerbDialog } from './verb-dialog.tsx';

interface ForkDialogProps {
  agent: AgentOutline;
  /** After which the fork begins unless something else is typed. Default: the last that has ended. */
  iteration: number | null;
  onClose(): void;
}

/** Asks where a fork begins, and what it has otherwise than its source. */
export function ForkDialog({ agent, iteration, onClose }: ForkDialogProps) {
  const [ended] = useState(() => agent.iterations.findLast(({ endedAt }) => endedAt !== null)?.index ?? 0);
  // The limits of a run are those of each of its agents.
  const [limits] = useState(() => store.peek()?.outline.peek()?.limits ?? null);
  const [fields, setFields] = useState<ForkFields>({
    ...{ at: `${iteration ?? ended}`, model: '', subModel: '', text: '', limits: {} },
  });
  const change = (changed: Partial<ForkFields>) => setFields((before) => ({ ...before, ...changed }));
  const changeLimit = (name: keyof Limits) => (value: string) =>
    change({ limits: { ...fields.limits, [name]: value } });
  const { at, model, subModel, text } = fields;
  const iterations = fields.limits.maxIterations ?? suggestedIterations(at, limits);
  const request = () => {
    const isOther = iterations !== `${limits?.maxIterations}`;
    const asked = { ...fields.limits, maxIterations: isOther ? iterations : '' };
    return forkRequest(agent.agentId, { ...fields, limits: asked });
  };
  return (
    <VerbDialog label={`Fork ${agent.agentId}`} verb="Fork" decline="Not now" request={request} onClose={onClose}>
      <h2>Fork {agent.depth === 0 ? 'the run' : 'this agent'}</h2>
      <p class="quiet">
        A new run with the same conversation and variables. What is taken over is not paid for again, but its iterations
        count. What is left empty stays as it was.
      </p>
      <div class="fields">
        <Field
          label="After iteration"
          note={`0 to ${ended}`}
          isNumber
          value={at}
          onInput={(value) => change({ at: value })}
        />
        <Field
          label="Iterations at most"
          note="maxIterations"
          isNumber
          value={iterations}
          onInput={changeLimit('maxIterations')}
        />
        <Field
          label="Model"
          isWide
          placeholder={agent.model ?? 'provider/name'}
          value={model}
          onInput={(value) => change({ model: value })}
        />
        <Field
          label="Model for queries"
          isWide
          placeholder="provider/name"
          value={subModel}
          onInput={(value) => change({ subModel: value })}
        />
        <label class="field wide">
          <span>Other instructions</span>
          <textarea rows={3} value={text} onInput={(event) => change({ text: event.currentTarget.value })} />
        </label>
      </div>
      <details>
        <summary>Other limits</summary>
        <div class="fields">
          {furtherLimits.map(([name, meaning]) => (
            <Field
              key={name}
              label={name}
              note={meaning}
              isNumber
              placeholder={limits === null ? '' : `${limits[name] ?? 'none'}`}
              value={fields.limits[name] ?? ''}
              onInput={changeLimit(name)}
            />
          ))}
        </div>
      </details>
    </VerbDialog>
  );
}

interface FieldProps {
  label: string;
  /** What it is, in a few words. */
  note?: string;
  value: string;
  placeholder?: string;
  isNumber?: boolean;
  isWide?: boolean;
  onInput(value: string): void;
}

function Field({ label, note, value, placeholder = '', isNumber = false, isWide = false, onInput }: FieldProps) {
  return (
    <label class={isWide ? 'field wide' : 'field'}>
      <span>
        {label} {note && <small>{note}</small>}
      </span>
      {/* A number field would keep what is no number from the server, which says what it must be. */}
      <input
        type="text"
        inputMode={isNumber ? 'decimal' : 'text'}
        spellcheck={false}
        autocomplete="off"
        placeholder={placeholder}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
