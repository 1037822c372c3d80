import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { controlSignals, Note } from '../agent/control.ts';
import { UsageError } from '../errors.ts';
import { attemptOf } from './attempt-of.ts';

/**
 * One agent of a run, to steer it. Every verb throws {@link UsageError} in one line when there is no such agent, or when it
 * has ended; done twice it is as good as done once. A signal waits for the agent's worker where there is none just now.
 */
export class AgentHandle {
  readonly agentId: string;
  private readonly client: Client;

  constructor(client: Client, agentId: string) {
    this.client = client;
    this.agentId = agentId;
  }

  /** Ends the agent and everything below it, after its cleanup; its parent gets a readable error, and goes on. */
  async cancel(): Promise<void> {
    const attempt = attemptOf(this.client, await this.running());
    await this.reaching(() => attempt.cancel());
  }

  /** No model call of the agent, or of any below it, starts until it is resumed; what is under way, a batch too, may finish. */
  async pause(): Promise<void> {
    await this.signal(controlSignals.pause);
  }

  /** Goes on after {@link pause}; that time does not count against the run's. */
  async resume(): Promise<void> {
    await this.signal(controlSignals.resume);
  }

  /** Tells the model something, which it reads before its next reply. */
  async tell(text: string): Promise<void> {
    const note = Note.safeParse({ text });
    if (!note.success) throw new UsageError('a note has 1 to 20,000 characters; tell more through an input');
    await this.signal(controlSignals.tell, note.data);
  }

  /**
   * Ends the present attempt of a sub-agent that runs, and starts it afresh, as `ID~2`; its parent gets the new answer.
   * The root of a run has no parent that waits.
   */
  async retry(): Promise<void> {
    const { raw } = await this.running();
    const parent = raw.workflowExecutionInfo?.parentExecution?.workflowId;
    if (!parent) throw new UsageError(`${this.agentId} is a run, not a sub-agent; cancel it and start another`);
    await new AgentHandle(this.client, parent).signal(controlSignals.retry, { agentId: this.agentId });
  }

  private async signal(name: string, ...given: unknown[]): Promise<void> {
    await this.running();
    await this.reaching(() => this.client.workflow.getHandle(this.agentId).signal(name, ...given));
  }

  private async running(): Promise<WorkflowExecutionDescription> {
    const description = await this.reaching(() => this.client.workflow.getHandle(this.agentId).describe());
    const { name } = description.status;
    if (name !== 'RUNNING') throw new UsageError(`${this.agentId} has ended already (${name.toLowerCase()})`);
    return description;
  }

  private async reaching<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new UsageError(`there is no agent ${this.agentId} in progress; "rlm list" shows the runs`);
    }
  }
}
