import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/clock.ts';
import { EventHub } from '../../../lib/http/event-hub.ts';
import { Router } from '../../../lib/http/router.ts';
import { allRoutes } from '../../../lib/http/routes/index.ts';
import type { HttpServices } from '../../../lib/http/services.ts';
import { NamedWindows } from '../../../lib/queries/windows.ts';
import { MemoryDocumentStore } from '../../../lib/store/memory/documents.ts';

/** Routes of DESIGN section 6 that others call. */
const READ = [
  'targets',
  'ports',
  'series',
  'topology',
  'episodes',
  'incidents',
  'incidents/{id}',
  'jobs',
  'jobs/{job}',
];
const PROMISED: [method: string, path: string][] = [
  ...[
    ...READ,
    'jobs/{job}/steps',
    'jobs/{job}/collectives',
    'jobs/{job}/steps/{n}/explain',
    'ports/{device}/{port}',
    'alerts/deliveries',
    'overview',
    'stream',
  ].map((path): [string, string] => ['get', `/api/v1/${path}`]),
  ...['ingest/steps', 'ingest/jobs', 'ingest/collectives', 'ingest/events', 'alerts/test'].map(
    (path): [string, string] => ['post', `/api/v1/${path}`],
  ),
  ['post', '/api/v2/write'],
  ['get', '/metrics'],
  ['get', '/healthz'],
];

interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: unknown;
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
  operationId: string;
}

async function setup() {
  const never = () => Promise.reject(new Error('not called by these tests'));
  const services = {
    clock: new ManualClock(0),
    queries: {},
    ingest: {},
    hub: new EventHub(),
    intake: { refused: never },
    sendTest: never,
    windows: new NamedWindows(new MemoryDocumentStore({ now: () => 0 })),
    reload: never,
    metrics: never,
    notReady: () => undefined,
    version: '1.2.3',
  } as unknown as HttpServices;
  const routes = allRoutes(services);
  const router = new Router(routes);
  const match = router.match('GET', '/api/v1/openapi.json');
  const answer = await match!.route.handle({} as never);
  const document = JSON.parse(String(answer.body)) as {
    openapi: string;
    info: { version: string };
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown> };
  };
  return { routes, router, document };
}

describe('OpenAPI document', async () => {
  const { routes, router, document } = await setup();

  it('is 3.1 and carries our version', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info.version).toBe('1.2.3');
  });

  it.each(PROMISED)('has %s %s, and the router finds it', (method, path) => {
    expect(document.paths[path]?.[method]).toBeDefined();
    const called = path.replaceAll(/\{\w+\}/g, 'x%2Fy');
    expect(router.match(method.toUpperCase(), called)?.route.path).toBe(path);
  });

  it('has every documented route and nothing else', () => {
    const served = routes.filter(({ undocumented }) => !undocumented).map(({ method, path }) => `${method} ${path}`);
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(served.sort());
  });

  it('names every part of a path, every query key and every answer', () => {
    for (const route of routes) {
      if (route.undocumented) continue;
      const operation = document.paths[route.path]![route.method.toLowerCase()]!;
      const names = (operation.parameters ?? []).map(({ name, in: place }) => `${place} ${name}`);
      for (const [, part] of route.path.matchAll(/\{(\w+)\}/g)) expect(names).toContain(`path ${part}`);
      for (const key of Object.keys(route.query?.shape ?? {})) expect(names).toContain(`query ${key}`);
      for (const status of Object.keys(route.answers)) expect(operation.responses[status]).toBeDefined();
    }
  });

  it('shares documents by name and points at none that is missing', () => {
    for (const name of ['Incident', 'Episode', 'StepVerdict', 'JobSummary', 'TargetHealth', 'PortRow', 'Problem']) {
      expect(document.components.schemas[name]).toBeDefined();
    }
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas[name!]).toBeDefined();
    }
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('Router', async () => {
  const { router } = await setup();

  it('decodes parts and keeps slashes inside them', () => {
    expect(router.match('GET', '/api/v1/ports/leaf%201/Ethernet1%2F7')?.params).toEqual({
      device: 'leaf 1',
      port: 'Ethernet1/7',
    });
  });

  it('knows no other path, and says which methods a path takes', () => {
    for (const path of ['/', '/api', '/api/v1', '/api/v1/ports/a/b/c', '/api/v1/ports//b', '/api/v1/nothing']) {
      expect(router.match('GET', path)).toBeUndefined();
    }
    expect(() => router.match('DELETE', '/api/v1/jobs')).toThrowError(/GET/);
  });
});
