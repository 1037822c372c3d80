import { startScriptedServer } from '../src/scripted/server.ts';
import {
  batch,
  iterations,
  largeInput,
  measureClone,
  printing,
  repositoryTree,
  sequential,
  subAgents,
} from './scripts.ts';

/** The scripted model as a process of its own, so that it takes no time from the worker's. */
const scripts = [
  iterations(1),
  iterations(25),
  iterations(50),
  iterations(210),
  printing(20),
  printing(210),
  sequential(100),
  batch(200),
  batch(1_000),
  subAgents(20),
  largeInput,
  measureClone,
  repositoryTree(25, 15),
];
const server = await startScriptedServer({
  scripts: Object.fromEntries(scripts.map((script) => [script.name, script])),
});
process.send?.(server.url);
