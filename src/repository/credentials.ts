import type { RepositoryCredentials } from '../config/settings.ts';

/**
 * The environment that lets git answer when the repository's host asks who it is. The token is in a variable and not on
 * a command line, where every user of the machine could read it; and only this very host gets it, whatever it redirects to.
 */
export function credentialEnvironment(
  address: string,
  credentials: RepositoryCredentials,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const origin = httpOrigin(address);
  const known = credentialsFor(address, credentials);
  if (origin === null || known === null) return {};
  const helper =
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$RLM_ASKED_USERNAME" "$RLM_ASKED_TOKEN"; }; f';
  // An empty helper takes away those of the user's configuration: what is set for this program goes first.
  const key = `credential.${origin}.helper`;
  return {
    ...configuration(
      [
        [key, ''],
        [key, helper],
      ],
      environment,
    ),
    RLM_ASKED_USERNAME: known.username,
    RLM_ASKED_TOKEN: known.password,
  };
}

/** What the host of an address asks for over https, where the settings have it. */
export function credentialsFor(
  address: string,
  credentials: RepositoryCredentials,
): { username: string; password: string } | null {
  const origin = httpOrigin(address);
  const password = origin === null ? null : tokenFor(new URL(origin), credentials);
  return password === null ? null : { username: credentials.username ?? 'x-access-token', password };
}

function tokenFor({ hostname, protocol }: URL, credentials: RepositoryCredentials): string | null {
  // A token is not sent in the clear, but within this machine.
  const isSafe = protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (!isSafe) return null;
  const ofHost: Record<string, string | null> = {
    'github.com': credentials.githubToken,
    'gitlab.com': credentials.gitlabToken,
  };
  return credentials.token ?? ofHost[hostname] ?? null;
}

function httpOrigin(address: string): string | null {
  return /^https?:\/\//.test(address) && URL.canParse(address) ? new URL(address).origin : null;
}

/** Settings of git as variables, after those that the environment has already. */
function configuration(settings: readonly [key: string, value: string][], environment: NodeJS.ProcessEnv) {
  const first = Number(environment.GIT_CONFIG_COUNT ?? 0) || 0;
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: `${first + settings.length}`, ...Object.fromEntries(pairs) };
}
