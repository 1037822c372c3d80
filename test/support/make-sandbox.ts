// Makes a sandbox with a cell that waits for an answer, says so, and waits to be killed.
import { BrokerClient } from '../../src/repl/broker-client.ts';
import { createLocalProvider } from '../../src/sandbox/local.ts';

const [dataDirectory = '', id = ''] = process.argv.slice(2);
const provider = createLocalProvider({ dataDirectory });
const broker = new BrokerClient(await provider.connect(await provider.create({ id, labels: {} })));
const { kernelId } = await broker.startKernel({
  inputs: [],
  outputs: [],
  tools: [],
  subAgents: true,
  queries: true,
  seed: 1,
});
const { after } = await broker.startCell({
  cellId: 'waiting',
  kernelId,
  code: 'print(llm_query("who?"))',
  timeoutMs: 10_000,
});
await broker.events({ after, waitMs: 5_000 });
console.log(JSON.stringify({ kernelId, after }));
setInterval(() => {}, 1_000);
