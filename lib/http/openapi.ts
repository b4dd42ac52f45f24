import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { problemSchema } from '../api/views.ts';
import type { Route } from './types.ts';

/** The OpenAPI 3.1 document of these routes, from the schemas their handlers use. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  for (const route of routes) {
    if (!route.undocumented) registry.registerPath(pathOf(route));
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Stallscope',
      version,
      description: 'Which network stall slowed which training step, what it cost, and why. Times are Unix ms.',
    },
  });
}

function pathOf(route: Route): RouteConfig {
  const request: NonNullable<RouteConfig['request']> = {};
  if (route.query) request.query = route.query;
  if (route.params) request.params = route.params;
  if (route.body) {
    request.body = { description: route.body.description, required: true, content: contentOf(route.body.contentTypes) };
  }
  const responses: RouteConfig['responses'] = {};
  for (const [status, { description, schema, contentType }] of Object.entries(route.answers)) {
    responses[status] = {
      description,
      ...(schema ? { content: contentOf({ [contentType ?? 'application/json']: schema }) } : {}),
    };
  }
  if (!route.influx && route.path.startsWith('/api/v1/')) {
    responses.default = {
      description: 'What went wrong (RFC 9457)',
      content: contentOf({ 'application/problem+json': problemSchema }),
    };
  }
  return {
    method: route.method === 'POST' ? 'post' : 'get',
    path: route.path,
    summary: route.summary,
    operationId: operationId(route),
    ...(route.scope === 'open' ? {} : { security: [{ token: [] }, {}] }),
    request,
    responses,
  };
}

function contentOf(types: Record<string, z.ZodType>): Record<string, { schema: z.ZodType }> {
  return Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }]));
}

function operationId({ method, path }: Route): string {
  const words = path
    .replace(/^\/api\//, '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return [method.toLowerCase(), ...words]
    .map((word, i) => (i === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('');
}
