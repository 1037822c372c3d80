import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import { toolFunctions } from '../define-agent.ts';
import { createProvider } from '../sandbox/create-provider.ts';
import { fieldsFromZod } from '../signature/from-zod.ts';
import { checkToolName } from '../signature/reserved-names.ts';
import type { Field } from '../signature/signature.ts';
import { validateValues } from '../signature/validate.ts';
import { callDefinedTool, type Tool } from '../tool.ts';
import { BrokerClient } from './broker-client.ts';
import type {
  AnswerItem,
  BrokerEvent,
  CellError,
  CellStatus,
  EndedEvent,
  StartKernel,
  StreamText,
} from './protocol.ts';

/** What a REPL begins with; see {@link openRepl}. */
export interface ReplOptions {
  /** Functions of the host that the Python can call. */
  tools?: Readonly<Record<string, Tool>>;
  /** What `SUBMIT` takes. Default: nothing can be submitted but by `FINAL(answer)` as a field `answer`. */
  outputs?: z.ZodObject;
  /** Variables that the Python starts with. */
  inputs?: Record<string, unknown>;
  /** Run time of one execution in seconds, waiting for tools not counted. Default: 600. */
  cellTimeout?: number;
  /** Which provider makes the sandbox. Default: from the environment, `.env` and `./config.yaml`. */
  settings?: Settings;
  /** Told what is printed, as it is printed. */
  onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** What one execution did. */
export interface Execution {
  status: CellStatus;
  stdout: string;
  stderr: string;
  error: CellError | null;
  /** What happened to the kernel, when it died. */
  note: string | null;
  /** The valid values that it submitted, by field, or null. */
  submitted: Record<string, unknown> | null;
  /** Run time in milliseconds, without the time spent waiting for tools. */
  durationMs: number;
}

/** A persistent Python REPL in a sandbox of its own, without an agent. */
export interface Repl extends AsyncDisposable {
  /** Runs code; variables, imports and functions stay for the next. One at a time. */
  execute(code: string): Promise<Execution>;
}

const answerField: Field = { name: 'answer', pythonType: 'Any', schema: {}, required: true };

/** Opens a REPL: the interpreter alone, with tools bridged. Disposing of it deletes its sandbox. */
export async function openRepl(options: ReplOptions = {}): Promise<Repl> {
  const { tools = {}, inputs = {} } = options;
  for (const name of Object.keys(tools)) checkToolName(name);
  const outputs = options.outputs ? fieldsFromZod(options.outputs, 'output') : [answerField];
  await using opening = new AsyncDisposableStack();
  const provider = opening.use(createProvider(options.settings ?? loadSettings()));
  const reference = await provider.create({ id: randomUUID(), labels: { 'rlm.run': 'repl', 'rlm.agent': 'repl' } });
  opening.defer(() => provider.delete(reference));
  const broker = new BrokerClient(await provider.connect(reference));
  for (const [name, value] of Object.entries(inputs)) await broker.putInput(name, Buffer.from(JSON.stringify(value)));
  const kernel: StartKernel = {
    inputs: Object.keys(inputs),
    outputs,
    tools: toolFunctions({ tools }),
    subAgents: false,
    queries: false,
    seed: 0,
  };
  const { kernelId } = await broker.startKernel(kernel);
  const resources = opening.move();
  const session = new ReplSession(broker, kernel, kernelId, outputs, options);
  return { execute: (code) => session.execute(code), [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

class ReplSession {
  private readonly broker: BrokerClient;
  private readonly kernel: StartKernel;
  private kernelId: string;
  private readonly outputs: Field[];
  private readonly options: ReplOptions;
  private cells = 0;

  constructor(broker: BrokerClient, kernel: StartKernel, kernelId: string, outputs: Field[], options: ReplOptions) {
    this.broker = broker;
    this.kernel = kernel;
    this.kernelId = kernelId;
    this.outputs = outputs;
    this.options = options;
  }

  async execute(code: string): Promise<Execution> {
    this.cells += 1;
    const cellId = `${this.cells}`;
    const timeoutMs = (this.options.cellTimeout ?? 600) * 1_000;
    let { after } = await this.broker.startCell({ cellId, kernelId: this.kernelId, code, timeoutMs });
    let submitted: Record<string, unknown> | null = null;
    const stop = new AbortController();
    try {
      for (;;) {
        const { events, cursor } = await this.broker.events({ after, waitMs: 20_000 });
        after = cursor;
        for (const event of events) {
          if (event.cellId !== cellId) continue;
          if (event.type === 'ended') return await this.finish(event, submitted);
          submitted = (await this.onEvent(event, stop.signal)) ?? submitted;
        }
      }
    } finally {
      // Tools of threads that the cell left behind have nobody to answer to.
      stop.abort();
    }
  }

  private async onEvent(
    event: Exclude<BrokerEvent, EndedEvent>,
    signal: AbortSignal,
  ): Promise<Record<string, unknown> | null> {
    switch (event.type) {
      case 'output':
        this.options.onOutput?.(event.stream, event.text);
        return null;
      case 'submit': {
        const checked = validateValues(this.outputs, event.values);
        const problems = checked.ok ? null : checked.problems.join('; ');
        await this.answer(event.callId, problems === null ? { index: 0, value: true } : { index: 0, error: problems });
        return checked.ok ? checked.values : null;
      }
      case 'call': {
        const { callId, function: name } = event;
        const tool = this.options.tools?.[name];
        const called = tool
          ? callDefinedTool(name, tool, event.arguments, { callId, signal })
          : Promise.resolve({ error: `there is no function ${name} here` });
        // Not awaited: other threads of the cell may call meanwhile. What keeps an answer from the cell, a lost sandbox
        // above all, the poll for events meets too; a tool that was aborted has nobody waiting for it.
        called.then((outcome) => this.answer(callId, { index: 0, ...outcome })).catch(() => {});
        return null;
      }
    }
  }

  private async answer(callId: string, item: AnswerItem): Promise<void> {
    await this.broker.answer({ kernelId: this.kernelId, callId, items: [item] });
  }

  private async finish(event: EndedEvent, submitted: Record<string, unknown> | null): Promise<Execution> {
    if (event.status === 'kernel-died') this.kernelId = (await this.broker.startKernel(this.kernel)).kernelId;
    const { status, error, note, durationMs } = event;
    return {
      status,
      stdout: wholeText(event.stdout),
      stderr: wholeText(event.stderr),
      error,
      note,
      submitted: status === 'submitted' ? submitted : null,
      durationMs,
    };
  }
}

function wholeText({ head, tail, length }: StreamText): string {
  return tail === '' ? head : `${head}\n[… ${length - head.length - tail.length} characters cut …]\n${tail}`;
}
