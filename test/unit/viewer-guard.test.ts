import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { guardFor, isLoopback, judgeRequest, type Verdict } from '../../src/viewer/request-guard.ts';

const here = '127.0.0.1:8000';
const json = { 'content-type': 'application/json' };
const token = 'a-token-of-some-length';

function judge(
  request: { method?: string; url?: string; headers?: Record<string, string> },
  given: string | null = null,
  host = '127.0.0.1',
): Verdict {
  const { method = 'GET', url = '/api/runs', headers = {} } = request;
  const asked = { method, url, headers: { host: here, ...headers } } as unknown as IncomingMessage;
  return judgeRequest(asked, guardFor(host, given));
}

const allowed = { kind: 'allowed' };
const forbidden = { kind: 'refused', status: 403 };

describe('without a token', () => {
  test.each(['127.0.0.1:8000', 'localhost:8000', 'LOCALHOST:1', '[::1]:8000', '127.0.0.1'])(
    '%s is this server',
    (host) => {
      expect(judge({ headers: { host } })).toEqual(allowed);
    },
  );

  test.each(['evil.example:8000', '127.0.0.1.evil.example', 'localhost.evil.example:8000', '', '10.0.0.5:8000'])(
    '"%s" is a name that somebody else bound to it',
    (host) => {
      expect(judge({ headers: { host } })).toMatchObject(forbidden);
      expect(judge({ url: '/', headers: { host } })).toMatchObject(forbidden);
    },
  );

  test.each(['cross-site', 'same-site'])(
    'data is not given to a page that is %s; the page itself may be linked to',
    (site) => {
      expect(judge({ headers: { 'sec-fetch-site': site } })).toMatchObject(forbidden);
      expect(judge({ url: '/', headers: { 'sec-fetch-site': site } })).toEqual(allowed);
    },
  );

  test('what changes something comes from our own page, as JSON', () => {
    const post = (headers: Record<string, string>) => judge({ method: 'POST', url: '/api/verbs', headers });
    expect(post({ ...json, origin: `http://${here}`, 'sec-fetch-site': 'same-origin' })).toEqual(allowed);
    expect(post({ ...json, origin: `http://${here}` })).toEqual(allowed);
    expect(post(json)).toMatchObject(forbidden);
    expect(post({ ...json, origin: 'null' })).toMatchObject(forbidden);
    expect(post({ ...json, origin: 'http://evil.example' })).toMatchObject(forbidden);
    expect(post({ ...json, origin: 'http://localhost:3000' })).toMatchObject(forbidden);
    expect(post({ ...json, origin: `http://${here}`, 'sec-fetch-site': 'cross-site' })).toMatchObject(forbidden);
    expect(post({ 'content-type': 'text/plain', origin: `http://${here}` })).toMatchObject(forbidden);
    expect(post({ origin: `http://${here}` })).toMatchObject(forbidden);
  });
});

describe('with a token', () => {
  const there = { host: 'viewer.example:8000' };

  test('nothing is answered without it, not even the page', () => {
    for (const url of ['/', '/assets/app.js', '/api/runs']) {
      expect(judge({ url, headers: there }, token, '0.0.0.0')).toMatchObject({ kind: 'refused', status: 401 });
    }
    for (const wrong of [`/?token=${token}x`, '/?token=', '/?token=a']) {
      expect(judge({ url: wrong, headers: there }, token, '0.0.0.0')).toMatchObject({ status: 401 });
    }
  });

  test('an address with it leads to the page, and to a cookie that scripts and other sites do not get', () => {
    const verdict = judge({ url: `/?token=${token}`, headers: there }, token, '0.0.0.0');
    expect(verdict).toMatchObject({ kind: 'redirect', location: '/' });
    const cookie = verdict.kind === 'redirect' ? verdict.cookie : '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict/);
    const sent = cookie.split(';')[0] ?? '';
    expect(judge({ headers: { ...there, cookie: `other=1; ${sent}` } }, token, '0.0.0.0')).toEqual(allowed);
    expect(judge({ headers: { ...there, authorization: `Bearer ${token}` } }, token, '0.0.0.0')).toEqual(allowed);
  });

  test('it lets no other site in', () => {
    const headers = { ...there, authorization: `Bearer ${token}`, 'sec-fetch-site': 'cross-site' };
    expect(judge({ headers }, token, '0.0.0.0')).toMatchObject(forbidden);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.0.0.5', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example', false],
  ['192.168.1.4', false],
])('%s is reached from this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
