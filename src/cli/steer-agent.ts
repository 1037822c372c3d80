import { AgentHandle } from '../client/agent-handle.ts';
import { connectWithNotices } from './connect-with-notices.ts';
import { type SettingsOptions, settingsOf } from './settings-options.ts';

/** Connects, and does something to an agent. */
export async function steerAgent(
  agentId: string,
  options: SettingsOptions,
  steer: (agent: AgentHandle) => Promise<void>,
): Promise<void> {
  await using connection = await connectWithNotices(settingsOf(options));
  await steer(new AgentHandle(connection.client, agentId));
}
