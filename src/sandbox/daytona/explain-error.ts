import type { DaytonaError } from '@daytonaio/sdk';
import { SandboxLimited, SandboxLost, SandboxRefused, SandboxUnavailable } from '../../errors.ts';

/** What the SDK threw, as the error that says what it means for a sandbox. */
export function explainError(error: unknown, doing: string): Error {
  if (!isDaytonaError(error)) return error instanceof Error ? error : new Error(String(error));
  const said = error.message.replaceAll(/\s+/g, ' ').slice(0, 500);
  const message = `Daytona, ${doing}: ${said}`;
  switch (error.statusCode) {
    case 401:
      return new SandboxRefused(
        `Daytona does not accept DAYTONA_API_KEY (${said}); make one at https://app.daytona.io/dashboard/keys`,
      );
    case 429:
      return new SandboxLimited(`${message}; it limits how many requests may be made`, retryAfterMs(error));
    case 403:
      return isQuota(said) ? overQuota(message) : new SandboxRefused(message);
    case 404:
      return new SandboxLost(message);
    case 400:
      return isQuota(said) ? overQuota(message) : new SandboxRefused(message);
    case 409:
    case 410:
    case 422:
      return new SandboxRefused(message);
    default:
      // No status: the service was not reached, or the connection was cut.
      return new SandboxUnavailable(message);
  }
}

export function isConflict(error: unknown): boolean {
  return isDaytonaError(error) && error.statusCode === 409;
}

export function isNotFound(error: unknown): boolean {
  return isDaytonaError(error) && error.statusCode === 404;
}

/** Told by its name: the SDK's class is not loaded for it, which takes long, where no SDK is used. */
function isDaytonaError(error: unknown): error is DaytonaError {
  return error instanceof Error && /^Daytona\w*Error$/.test(error.name);
}

function overQuota(message: string): SandboxLimited {
  return new SandboxLimited(`${message}; raise that limit of your organisation, or lower maxSandboxes`, null);
}

/** Daytona refuses what is over a limit of the organisation as it refuses what nobody may do, or what makes no sense: by 403 or 400. */
function isQuota(said: string): boolean {
  return /limit exceeded|quota|maximum allowed/i.test(said);
}

function retryAfterMs({ headers }: DaytonaError): number | null {
  const value = headers === undefined ? null : headerValue(headers);
  if (value === null) return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** `Retry-After`, or as Daytona has it, with the name of the limit behind it. */
function headerValue(headers: object): string | null {
  const entry = Object.entries(headers).find(([key]) => /^retry-after(?:-|$)/i.test(key));
  return typeof entry?.[1] === 'string' ? entry[1] : null;
}
