import { useState } from 'preact/hooks';
import { formatCount } from '../../../cli/format-quantities.ts';
import type { InputPreview } from '../../../prompts/input-preview.ts';
import type { AgentDetail } from '../../details.ts';
import { ClippedText } from '../parts/clipped-text.tsx';
import { ValueView } from '../parts/value-view.tsx';
import type { RunStore } from '../state/run-store.ts';
import { useDetail } from '../state/use-detail.ts';
import { Section } from './agent-panel.tsx';

/** What the agent was given: of each input its beginning, and the whole at a click. */
export function InputList({ detail, store }: { detail: AgentDetail; store: RunStore }) {
  return (
    <Section title={title(detail)}>
      <dl class="inputs">
        {detail.inputs.map((input) => (
          <Input key={input.name} input={input} detail={detail} store={store} />
        ))}
      </dl>
    </Section>
  );
}

function Input({ input, detail, store }: { input: InputPreview; detail: AgentDetail; store: RunStore }) {
  const { name, pythonType, length, lengthUnit, preview } = input;
  const [isWhole, setWhole] = useState(false);
  const whole = useDetail(isWhole ? () => store.source.input(detail.agentId, name) : null, [detail.agentId, name]);
  const isCut = (length ?? 0) > preview.length || pythonType !== 'str';
  return (
    <div>
      <dt>
        {name} <span class="quiet">{pythonType}</span>
        {length !== null && (
          <span class="quiet">
            {' '}
            {formatCount(length)} {lengthUnit}
          </span>
        )}
      </dt>
      <dd>
        {isWhole && whole.value !== null ? (
          <ValueView value={whole.value} label={name} />
        ) : (
          <ClippedText text={preview} label={name} kind="answer" />
        )}
        {isCut && detail.hasInputs && !isWhole && (
          <button type="button" class="cut" onClick={() => setWhole(true)}>
            show all of it
          </button>
        )}
        {whole.problem && <p class="problem">{whole.problem}</p>}
      </dd>
    </div>
  );
}

function title({ inputs: [first, ...others] }: AgentDetail): string {
  if (others.length > 0) return 'Inputs';
  return first?.name === 'task' ? 'Task' : 'Input';
}
