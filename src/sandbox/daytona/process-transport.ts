import type { Sandbox } from '@daytonaio/sdk';
import { z } from 'zod';
import { SandboxUnavailable } from '../../errors.ts';
import { readBrokerSources } from '../../repl/sources.ts';
import type { BrokerRequest, BrokerTransport } from '../provider.ts';
import { explainError } from './explain-error.ts';

/** What fits on a command line; larger bodies are uploaded first. */
const largestArgument = 60_000;

const defaultTimeoutMs = 10_000;

const Answer = z.object({ status: z.number(), body: z.unknown() });

/**
 * Asks the broker from within the sandbox, by a program that is run there for each request: for where the preview link
 * cannot be reached. Slower, and good enough to go on.
 */
export class ProcessTransport implements BrokerTransport {
  readonly largestBody = 4 * 1024 * 1024;
  private readonly sandbox: Sandbox;
  private readonly brokerToken: string;
  /** Says what became of a sandbox that does not do as it is asked. */
  private readonly examine: () => Promise<void>;
  private uploads = 0;

  constructor(sandbox: Sandbox, brokerToken: string, examine: () => Promise<void>) {
    this.examine = examine;
    this.sandbox = sandbox;
    this.brokerToken = brokerToken;
  }

  async request(request: BrokerRequest): Promise<{ status: number; body: unknown }> {
    const { method, path, timeoutMs = defaultTimeoutMs, signal } = request;
    signal?.throwIfAborted();
    const seconds = Math.ceil(timeoutMs / 1_000);
    try {
      const place = await this.place(request.body);
      const program = `python3 -s -S -c "import base64; exec(base64.b64decode('${await this.program()}'))" ${method} '${path}' ${seconds} ${place}`;
      const environment = { RLM_BROKER_TOKEN: this.brokerToken };
      const { result } = await this.sandbox.process.executeCommand(program, undefined, environment, seconds + 10);
      return Answer.parse(JSON.parse(result));
    } catch (error) {
      // The proxy answers 401 for a sandbox that is long gone.
      await this.examine();
      if (error instanceof SyntaxError || error instanceof z.ZodError) {
        throw new SandboxUnavailable(`the broker could not be asked ${method} ${path} from within its sandbox`);
      }
      throw explainError(error, `asking the broker ${method} ${path}`);
    }
  }

  /** The program that asks, as it travels on a command line: nothing needs to be in the sandbox for it. */
  private async program(): Promise<string> {
    const source = (await readBrokerSources()).find(({ name }) => name === 'ask.py');
    if (!source) throw new Error('the package has no ask.py');
    return Buffer.from(source.text).toString('base64');
  }

  /** How the program comes by the body: `-` for none, `=BASE64`, or a file that it removes. */
  private async place(body: unknown): Promise<string> {
    if (body === undefined) return '-';
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    const encoded = bytes.toString('base64');
    if (encoded.length <= largestArgument) return `=${encoded}`;
    this.uploads += 1;
    const file = `/tmp/.rlm-body-${process.pid}-${this.uploads}`;
    await this.sandbox.fs.uploadFile(bytes, file);
    return file;
  }
}
