import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { variables } from '../../src/config/environment.ts';
import { dynamicConfiguration } from '../../src/embedded/server-arguments.ts';

const project = join(import.meta.dirname, '../..');

const Service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const Compose = z.object({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.unknown()) });

const compose = Compose.parse(parse(read('docker-compose.yml')));
const composeInstalled = spawnSync('docker', ['compose', 'version']).status === 0;

function read(file: string): string {
  return readFileSync(join(project, file), 'utf8');
}

it('has Temporal, its database, its Web UI and a worker', () => {
  expect(Object.keys(compose.services).toSorted()).toEqual(['postgresql', 'temporal', 'temporal-ui', 'worker']);
});

it('starts each service after what it needs has proved healthy', () => {
  for (const { depends_on: needed } of Object.values(compose.services)) {
    for (const name of Object.keys(needed)) expect(compose.services[name]?.healthcheck, name).toBeDefined();
  }
});

it('has only images of a fixed version', () => {
  for (const { image, build } of Object.values(compose.services)) {
    expect(build ?? image).toMatch(/^\.$|:\d/);
  }
});

it('mounts files that exist', () => {
  const mounted = Object.values(compose.services).flatMap(({ volumes }) => volumes);
  for (const source of mounted.map((volume) => volume.split(':')[0] ?? '').filter((path) => path.startsWith('./'))) {
    expect(existsSync(join(project, source)), source).toBe(true);
  }
});

it('configures Temporal as the embedded server is', () => {
  const configured: Record<string, { value: unknown }[]> = parse(read('docker/dynamic-config.yaml'));
  const values = Object.entries(configured).map(([key, constrained]) => [key, constrained.map(({ value }) => value)]);
  expect(Object.fromEntries(values)).toEqual(
    Object.fromEntries(Object.entries(dynamicConfiguration).map(([key, value]) => [key, [value]])),
  );
  const { environment, volumes } = compose.services.temporal ?? Service.parse({});
  expect(volumes).toContain(`./docker/dynamic-config.yaml:${environment.DYNAMIC_CONFIG_FILE_PATH}:ro`);
});

it('gives the worker variables that it knows', () => {
  const { environment } = compose.services.worker ?? Service.parse({});
  expect(Object.keys(environment).filter((name) => !(variables as readonly string[]).includes(name))).toEqual([]);
  expect(environment.TEMPORAL_ADDRESS).toBe('temporal:7233');
});

it('builds the image from what the Docker context contains', () => {
  const ignored = read('.dockerignore').split('\n');
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = '']) =>
    names.split(' '),
  );
  expect(copied.length).toBeGreaterThan(0);
  for (const name of copied) {
    expect(existsSync(join(project, name)), name).toBe(true);
    expect(ignored).toContain(`!${name}`);
  }
});

it.runIf(composeInstalled)('is what docker compose accepts', () => {
  execFileSync('docker', ['compose', '-f', join(project, 'docker-compose.yml'), 'config', '--quiet']);
});
