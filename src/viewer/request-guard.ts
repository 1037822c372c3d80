import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a request may do. `redirect`: it brought the token, which from now on a cookie carries. */
export type Verdict =
  | { kind: 'allowed' }
  | { kind: 'redirect'; cookie: string; location: string }
  | { kind: 'refused'; status: 401 | 403; reason: string };

export interface Guard {
  /** The names under which the server is meant to be reached, without ports. */
  hosts: ReadonlySet<string>;
  /** Null: none is asked for. */
  token: string | null;
}

const loopback = ['127.0.0.1', 'localhost', '[::1]'];
const cookieName = 'rlm_viewer';

/** Who may ask: without a token, only who means this very server by its name; with one, who has it. */
export function guardFor(host: string, token: string | null): Guard {
  return { hosts: new Set([...loopback, host.includes(':') ? `[${host}]` : host]), token };
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Judges a request. Nothing that another site's page makes a browser send gets to the data: its name for this server
 * (which a name that was bound anew would give away), where it comes from and, for what changes something, its origin
 * are looked at.
 */
export function judgeRequest(request: IncomingMessage, { hosts, token }: Guard): Verdict {
  const { host = '', origin, cookie = '', authorization = '' } = request.headers;
  const url = new URL(request.url ?? '/', 'http://viewer');
  const site = request.headers['sec-fetch-site'];
  if (token === null && !hosts.has(nameOf(host))) return refused('this server does not go by that name');
  const isPage = url.pathname === '/' || url.pathname.startsWith('/assets/');
  const comesFromElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (comesFromElsewhere && !isPage) return refused('requests of other sites are not answered');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    if (origin !== `http://${host}` && origin !== `https://${host}`)
      return refused('the request has no origin of ours');
    const isJson = request.headers['content-type']?.split(';')[0] === 'application/json';
    if (!isJson) return refused('the request is not JSON');
  }
  if (token === null) return { kind: 'allowed' };
  const given = url.searchParams.get('token');
  if (given !== null && same(given, token)) {
    const attributes = 'HttpOnly; SameSite=Strict; Path=/';
    return { kind: 'redirect', cookie: `${cookieName}=${token}; ${attributes}`, location: url.pathname };
  }
  const known = [cookieValue(cookie), authorization.replace(/^Bearer /, '')];
  if (known.some((one) => one !== null && same(one, token))) return { kind: 'allowed' };
  return { kind: 'refused', status: 401, reason: 'open the address with its token, as "rlm viewer" printed it' };
}

function refused(reason: string): Verdict {
  return { kind: 'refused', status: 403, reason };
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function cookieValue(header: string): string | null {
  for (const part of header.split(';')) {
    const [name, value = ''] = part.trim().split('=');
    if (name === cookieName) return value;
  }
  return null;
}

/** In a time that says nothing of how much of it was right. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
