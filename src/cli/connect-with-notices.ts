import type { Settings } from '../config/settings.ts';
import { connect, type RlmConnection } from '../connection.ts';
import { Notices } from './notices.ts';
import { noticeTeller } from './output.ts';

/** Connects to Temporal, and says what takes time; not where the user wants to see nothing. */
export async function connectWithNotices(settings: Settings, { quiet = false } = {}): Promise<RlmConnection> {
  using notices = new Notices();
  return await connect(quiet ? { settings } : { settings, onProgress: notices.tell, onWait: noticeTeller({}) });
}
