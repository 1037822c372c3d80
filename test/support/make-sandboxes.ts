// Makes one sandbox after another, and says before each that it begins; waits to be killed.
import { createLocalProvider } from '../../src/sandbox/local.ts';

const [dataDirectory = ''] = process.argv.slice(2);
const provider = createLocalProvider({ dataDirectory });
await provider.check();
for (let number = 1; ; number += 1) {
  console.log(number);
  await provider.create({ id: `number ${number}`, labels: {} });
}
