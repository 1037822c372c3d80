import type { PreparedAgent } from '../agent/agent-arguments.ts';
import type { AgentError, Finish, Status } from '../agent/agent-result.ts';
import type { StartingCall } from '../agent/cell.ts';
import type { ControlVerb } from '../agent/control.ts';
import type { ModelUsage } from '../agent/usage.ts';
import type { ArtifactReference } from '../artifacts/store.ts';
import type { StoredValue } from '../artifacts/stored-value.ts';
import type { CellStatus } from '../repl/protocol.ts';

/** Something that happened in a run. `at` is when, in milliseconds since the epoch. */
export type RunEvent = { at: number; agentId: string } & Happening;

/** What happened, but for when it was and to which agent. */
export type Happening =
  /** `model` is null where the worker's settings decide it. */
  | { type: 'agent-started'; depth: number; task: string | null; model: string | null; lineage?: string }
  /** Its defaults are filled in and its inputs stored. */
  | { type: 'agent-prepared'; prepared: PreparedAgent }
  | { type: 'sandbox-opened'; sandboxId: string }
  /** In place of one that was lost; what its cells do when they are run again is not told. */
  | { type: 'sandbox-rebuilt'; sandboxId: string }
  | { type: 'iteration-started'; iteration: number }
  | {
      type: 'model-replied';
      iteration: number;
      code: string | null;
      reasoning: string;
      usage: ModelUsage;
      transcript: ArtifactReference;
    }
  /** The replies up to and with this iteration's were summed up; `preview` is the beginning of the summary. */
  | { type: 'transcript-compacted'; iteration: number; preview: string; usage: ModelUsage }
  | { type: 'cell-ended'; iteration: number; status: CellStatus; preview: string; output: ArtifactReference }
  /** A large batch is told in parts, each from an index of its own. `asked` is null where it is known only afterwards. */
  | {
      type: 'call-started';
      iteration: number;
      function: string;
      count: number;
      callId?: string;
      from?: number;
      asked?: StoredValue | null;
    }
  | {
      type: 'call-ended';
      iteration: number;
      function: string;
      count: number;
      failed: number;
      usage: ModelUsage | null;
      callId?: string;
      from?: number;
    }
  /** `call` is missing where it was started by a version that did not tell. */
  | { type: 'sub-agent-started'; iteration: number; subAgentId: string; call?: StartingCall }
  /** A user steered it; for `retry`, `detail` is the sub-agent. */
  | { type: 'steered'; verb: ControlVerb; detail: string }
  | { type: 'extraction-started'; reason: string }
  | { type: 'extraction-ended'; usage: ModelUsage }
  | { type: 'retrying'; activity: string; attempt: number; message: string }
  /** For the artifact store, which takes nothing now. */
  | { type: 'waiting'; message: string }
  /** `finish` and `output` where it has an answer. */
  | {
      type: 'agent-ended';
      status: Status;
      error: AgentError | null;
      finish?: Finish | null;
      output?: StoredValue | null;
    };
