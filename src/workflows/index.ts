export { agent } from './agent.ts';
export { sweeper } from './sweeper.ts';
