import type { ListSandboxesResponse, Sandbox } from '@daytona/api-client';
import { z } from 'zod';
import { Refusal } from './answer.ts';
import { listItem } from './sandbox-record.ts';

const Labels = z.record(z.string(), z.string());
const Cursor = z.object({ after: z.number().int().nonnegative() });

/** One page of the sandboxes that a query asks for. */
export function listSandboxes(sandboxes: Sandbox[], query: URLSearchParams): ListSandboxesResponse {
  const limit = Number(query.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw new Refusal(400, 'limit must not be greater than 100, limit must not be less than 1');
  }
  const after = readCursor(query.get('cursor'));
  const found = sandboxes.filter((sandbox) => asked(sandbox, query)).sort(order(query));
  const more = found.length > after + limit;
  return {
    items: found.slice(after, after + limit).map(listItem),
    nextCursor: more ? writeCursor(after + limit) : null,
  };
}

function asked(sandbox: Sandbox, query: URLSearchParams): boolean {
  const states = query.getAll('states');
  const snapshots = query.getAll('snapshots');
  const targets = query.getAll('regionIds');
  if (states.length > 0 && !states.includes(sandbox.state ?? 'unknown')) return false;
  if (snapshots.length > 0 && !snapshots.includes(sandbox.snapshot ?? '')) return false;
  if (targets.length > 0 && !targets.includes(sandbox.target)) return false;
  if (!startsWith(sandbox.id, query.get('id')) || !startsWith(sandbox.name, query.get('name'))) return false;
  if (!hasLabels(sandbox, query.get('labels'))) return false;
  return (
    between(sandbox.createdAt, query.get('createdAtAfter'), query.get('createdAtBefore')) &&
    between(sandbox.lastActivityAt, query.get('lastEventAfter'), query.get('lastEventBefore')) &&
    between(sandbox.autoDestroyAt, query.get('autoDestroyAtAfter'), query.get('autoDestroyAtBefore'))
  );
}

function hasLabels(sandbox: Sandbox, wanted: string | null): boolean {
  if (wanted === null) return true;
  let labels: Record<string, string>;
  try {
    labels = Labels.parse(JSON.parse(wanted));
  } catch {
    throw new Refusal(400, 'Invalid labels JSON format');
  }
  return Object.entries(labels).every(([name, value]) => sandbox.labels[name] === value);
}

function startsWith(value: string, prefix: string | null): boolean {
  return prefix === null || value.toLowerCase().startsWith(prefix.toLowerCase());
}

function between(time: string | undefined, after: string | null, before: string | null): boolean {
  if (after === null && before === null) return true;
  if (time === undefined) return false;
  const at = Date.parse(time);
  return (after === null || at > Date.parse(after)) && (before === null || at < Date.parse(before));
}

/** Latest activity first, unless a query says otherwise. */
function order(query: URLSearchParams): (one: Sandbox, other: Sandbox) => number {
  const field = query.get('sort') ?? 'lastActivityAt';
  const sign = (query.get('order') ?? 'desc') === 'desc' ? -1 : 1;
  const key = (sandbox: Sandbox) => {
    if (field === 'name') return sandbox.name;
    if (field === 'createdAt') return sandbox.createdAt ?? '';
    return sandbox.lastActivityAt ?? '';
  };
  return (one, other) => sign * (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0);
}

function readCursor(cursor: string | null): number {
  if (cursor === null) return 0;
  try {
    return Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString())).after;
  } catch {
    throw new Refusal(400, 'Invalid cursor');
  }
}

function writeCursor(after: number): string {
  return Buffer.from(JSON.stringify({ after })).toString('base64url');
}
