import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { ActivateInput, WorkflowExecuteInput } from '@temporalio/workflow';
import { describe, expect, it, vi } from 'vitest';
import { missingArtifactMessage, missingPayload } from '../../src/artifacts/missing-payload.ts';
import { ArtifactMissing } from '../../src/artifacts/store.ts';
import { interceptors } from '../../src/workflows/missing-payloads.ts';

const { WorkflowActivation } = proto.coresdk.workflow_activation;

const sha256 = 'a'.repeat(64);
const payload = missingPayload(new ArtifactMissing(sha256));
const message = expect.stringContaining(`artifact ${sha256} is not in the store`);
const failure = { message, applicationFailureInfo: { type: 'ArtifactMissing', nonRetryable: true } };

/** What the workflow gets to see of the jobs. */
function activate(jobs: object[], isReplaying = false) {
  const activation = WorkflowActivation.fromObject({ jobs, isReplaying });
  const next = vi.fn();
  interceptors().internals?.[0]?.activate?.({ activation, batchIndex: 0 }, next);
  const [seen] = next.mock.calls[0] as [ActivateInput];
  return seen.activation.jobs ?? [];
}

const execute = (args: unknown[], next: () => Promise<unknown>) =>
  interceptors().inbound?.[0]?.execute?.({ args, headers: {} } as WorkflowExecuteInput, next);

describe('a payload whose artifact is missing', () => {
  it('is the failure of the activity or the sub-agent whose result it was', () => {
    const result = { completed: { result: payload } };
    const [activity, child] = activate([
      { resolveActivity: { seq: 1, result } },
      { resolveChildWorkflowExecution: { seq: 2, result } },
    ]);
    expect(activity?.resolveActivity?.result).toMatchObject({ completed: null, failed: { failure } });
    expect(child?.resolveChildWorkflowExecution?.result).toMatchObject({ completed: null, failed: { failure } });
  });

  it('is the failure of the agent whose argument it was', async () => {
    const next = vi.fn();
    const value = defaultPayloadConverter.fromPayload(payload);
    await expect(execute([{}, value], next)).rejects.toMatchObject({ type: 'ArtifactMissing', nonRetryable: true });
    await expect(execute([{}, value], next)).rejects.toBeInstanceOf(ApplicationFailure);
    expect(next).not.toHaveBeenCalled();
  });

  it.each([
    [
      'a result that the history went on with',
      { resolveActivity: { seq: 1, result: { completed: { result: payload } } } },
      true,
    ],
    ['an argument that the history went on with', { initializeWorkflow: { arguments: [payload] } }, true],
    ['a signal', { signalWorkflow: { signalName: 'tell', input: [payload] } }, false],
    ['an update', { doUpdate: { name: 'change', input: [payload] } }, false],
  ])('holds the workflow up as %s', (_, job, isReplaying) => {
    expect(() => activate([job], isReplaying)).toThrow(`artifact ${sha256} is not in the store`);
  });
});

describe('any other payload', () => {
  it('is left as it is', async () => {
    const result = { completed: { result: defaultPayloadConverter.toPayload({ a: 1 }) } };
    const [job] = activate([{ resolveActivity: { seq: 1, result } }]);
    const seen = job?.resolveActivity?.result;
    expect(defaultPayloadConverter.fromPayload(seen?.completed?.result ?? {})).toEqual({ a: 1 });
    expect(seen?.failed).toBeNull();
    expect(await execute([{ inputs: {} }, null], async () => 'done')).toBe('done');
    expect(missingArtifactMessage({ value: sha256 })).toBeNull();
  });
});
