export { AgentHandle } from './client/agent-handle.ts';
export { followRun } from './client/follow.ts';
export { type ForkOptions, forkAgent } from './client/fork-agent.ts';
export type { RunEvent } from './client/run-events.ts';
export { type CompletedRun, RunFailed, RunHandle } from './client/run-handle.ts';
export { newRunId } from './client/run-id.ts';
export { type RunOptions, startRun } from './client/start-run.ts';
export { type ConnectOptions, connect, type RlmConnection } from './connection.ts';
