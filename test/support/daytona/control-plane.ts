import type {
  DaytonaConfiguration,
  PortPreviewUrl,
  Sandbox,
  SandboxLabels,
  SignedPortPreviewUrl,
  ToolboxProxyUrl,
} from '@daytona/api-client';
import { z } from 'zod';
import { type Answer, json, Refusal } from './answer.ts';
import { checkDomains, checkNetworks } from './check-new-sandbox.ts';
import type { Exchange } from './exchange.ts';
import { listSandboxes } from './list-sandboxes.ts';
import { NewSandboxRequest } from './new-sandbox-request.ts';
import type { Previews } from './previews.ts';
import { readObject } from './request-body.ts';
import { follow, type Route, route } from './routes.ts';
import { minutesAfter, type SandboxRecord } from './sandbox-record.ts';
import type { Sandboxes } from './sandboxes.ts';

/** What the control plane works on. */
export interface ControlPlane {
  apiKey: string;
  sandboxes: Sandboxes;
  previews: Previews;
  toolboxProxyUrl: () => string;
  /** How long a list does not know of a new sandbox. */
  listLagMs: () => number;
}

const text = z.string();
const texts = z.record(text, text);

const Labels = z.object({ labels: texts });
const NetworkSettings = z.object({
  networkBlockAll: z.boolean().optional(),
  networkAllowList: text.optional(),
  domainAllowList: text.optional(),
});

/** Answers a request below `/api`. */
export function answerControlPlane(plane: ControlPlane, exchange: Exchange): Promise<Answer> {
  if (exchange.request.headers.authorization !== `Bearer ${plane.apiKey}`)
    throw new Refusal(401, 'Invalid credentials');
  return follow(routes, plane, exchange, exchange.url.pathname);
}

/** A refusal as the control plane words it. */
export function wordApiRefusal(exchange: Exchange, { status, message }: Refusal): Answer {
  const error = statusNames[status] ?? 'Internal Server Error';
  return json({ path: exchange.path, timestamp: new Date().toISOString(), statusCode: status, error, message }, status);
}

const statusNames: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Entity',
};

const routes: Route<ControlPlane>[] = [
  route('GET', '/api/config', ({ toolboxProxyUrl }) => json<DaytonaConfiguration>(configuration(toolboxProxyUrl()))),
  route('GET', '/api/sandbox', ({ sandboxes, listLagMs }, { url }) => {
    const known = sandboxes
      .all()
      .filter(({ sandbox }) => Date.now() - Date.parse(sandbox.createdAt ?? '') >= listLagMs());
    return json(
      listSandboxes(
        known.map(({ sandbox }) => sandbox),
        url.searchParams,
      ),
    );
  }),
  route('POST', '/api/sandbox', async ({ sandboxes }, exchange) => {
    const asked = NewSandboxRequest.safeParse(await readObject(exchange));
    if (!asked.success) throw new Refusal(400, asked.error.issues.map(({ message }) => message).join(', '));
    return answerSandbox(await sandboxes.create(asked.data));
  }),
  onSandbox('GET', '', (_plane, record) => answerSandbox(record)),
  onSandbox('DELETE', '', async ({ sandboxes }, record) => {
    await sandboxes.destroy(record);
    return answerSandbox(record);
  }),
  onSandbox('POST', '/start', async ({ sandboxes }, record) => {
    await sandboxes.start(record);
    return answerSandbox(record);
  }),
  onSandbox('POST', '/stop', async ({ sandboxes }, record) => {
    await sandboxes.stop(record);
    return answerSandbox(record);
  }),
  onSandbox('POST', '/autostop/:minutes', (_plane, record, minutes) =>
    set(record, { autoStopInterval: notNegative(minutes, 'Auto-stop') }),
  ),
  onSandbox('POST', '/autoarchive/:minutes', (_plane, record, minutes) =>
    set(record, { autoArchiveInterval: notNegative(minutes, 'Auto-archive') }),
  ),
  onSandbox('POST', '/autodelete/:minutes', (_plane, record, minutes) => set(record, { autoDeleteInterval: minutes })),
  onSandbox('POST', '/ttl/:minutes', (_plane, record, minutes) => {
    delete record.sandbox.autoDestroyAt;
    return set(record, minutes > 0 ? { autoDestroyAt: minutesAfter(new Date(), minutes) } : {});
  }),
  onSandbox('POST', '/last-activity', (_plane, record) => {
    record.sandbox.lastActivityAt = new Date().toISOString();
    return { status: 201 };
  }),
  onSandbox('PUT', '/labels', async (_plane, record, _number, exchange) => {
    record.sandbox.labels = Labels.parse(await readObject(exchange)).labels;
    return json<SandboxLabels>({ labels: record.sandbox.labels });
  }),
  onSandbox('POST', '/network-settings', async (_plane, record, _number, exchange) => {
    const { networkBlockAll, networkAllowList, domainAllowList } = NetworkSettings.parse(await readObject(exchange));
    checkNetworks(networkAllowList);
    checkDomains(domainAllowList);
    return set(record, {
      ...(networkBlockAll === undefined ? {} : { networkBlockAll }),
      ...(networkAllowList === undefined ? {} : { networkAllowList }),
      ...(domainAllowList === undefined ? {} : { domainAllowList }),
    });
  }),
  onSandbox('GET', '/toolbox-proxy-url', ({ toolboxProxyUrl }) => json<ToolboxProxyUrl>({ url: toolboxProxyUrl() })),
  onSandbox('GET', '/ports/:port/preview-url', async ({ previews }, record, port) => {
    const url = await previews.open(record.sandbox.id, checkPort(port));
    return json<PortPreviewUrl>({ sandboxId: record.sandbox.id, url, token: record.previewToken });
  }),
  onSandbox('GET', '/ports/:port/signed-preview-url', async ({ previews }, record, port, { url: asked }) => {
    const seconds = Number(asked.searchParams.get('expiresInSeconds') ?? 60);
    if (!(seconds >= 1 && seconds <= 86_400)) {
      throw new Refusal(400, 'expiresInSeconds must be between 1 second and 24 hours');
    }
    const { token, url } = await previews.openSigned(record.sandbox.id, checkPort(port), seconds);
    return json<SignedPortPreviewUrl>({ sandboxId: record.sandbox.id, port, token, url });
  }),
  route('POST', '/api/sandbox/:id/ports/:port/signed-preview-url/:token/expire', (plane, _exchange, { id, token }) => {
    plane.sandboxes.find(id ?? '');
    plane.previews.expireSigned(token ?? '');
    return { status: 201 };
  }),
];

type SandboxAct = (
  plane: ControlPlane,
  record: SandboxRecord,
  number: number,
  exchange: Exchange,
) => Promise<Answer> | Answer;

/** A route below one sandbox, by its id or name; `number` is the one in its path. */
function onSandbox(method: string, path: string, act: SandboxAct): Route<ControlPlane> {
  return route(method, `/api/sandbox/:id${path}`, (plane, exchange, { id = '', ...others }) => {
    const number = Number(Object.values(others)[0]);
    return act(plane, plane.sandboxes.find(id), number, exchange);
  });
}

function answerSandbox({ sandbox }: SandboxRecord): Answer {
  return json<Sandbox>(structuredClone(sandbox));
}

function set(record: SandboxRecord, changed: Partial<Sandbox>): Answer {
  Object.assign(record.sandbox, changed, { updatedAt: new Date().toISOString() });
  return answerSandbox(record);
}

function notNegative(minutes: number, name: string): number {
  if (!(minutes >= 0)) throw new Refusal(400, `${name} interval must be non-negative`);
  return minutes;
}

function checkPort(port: number): number {
  if (!(port >= 1 && port <= 65_535)) throw new Refusal(400, 'Invalid port');
  return port;
}

function configuration(proxyToolboxUrl: string): DaytonaConfiguration {
  return {
    version: '0.218.0',
    oidc: { provider: 'auth0', issuer: 'https://issuer.example.org', clientId: 'daytona', audience: 'daytona' },
    linkedAccountsEnabled: false,
    announcements: {},
    proxyTemplateUrl: 'http://{{PORT}}-{{sandboxId}}.example.org',
    proxyToolboxUrl,
    defaultSnapshot: 'daytona-small',
    dashboardUrl: 'https://app.example.org/dashboard',
    maxAutoArchiveInterval: 43_200,
    maintananceMode: false,
    environment: 'test',
  };
}
