import { openApiDocument } from '../openapi.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { jsonAnswer } from './answers.ts';
import { fabricRoutes } from './fabric.ts';
import { findingRoutes } from './findings.ts';
import { ingestRoutes } from './ingest.ts';
import { jobRoutes } from './jobs.ts';
import { opsRoutes } from './ops.ts';
import { otlpRoutes } from './otlp.ts';
import { remoteWriteRoutes } from './remote-write.ts';
import { windowRoutes } from './windows.ts';
import { writeRoutes } from './write.ts';

/** Everything the monitor answers beside pages. */
export function allRoutes(services: HttpServices): Route[] {
  const routes = [
    ...fabricRoutes(services),
    ...findingRoutes(services),
    ...jobRoutes(services),
    ...ingestRoutes(services),
    ...writeRoutes(services),
    ...otlpRoutes(services),
    ...remoteWriteRoutes(services),
    ...windowRoutes(services),
    ...opsRoutes(services),
  ];
  let document: object | undefined;
  return [
    ...routes,
    {
      method: 'GET',
      path: '/api/v1/openapi.json',
      summary: 'This document',
      scope: 'open',
      undocumented: true,
      answers: { 200: { description: 'OpenAPI 3.1' } },
      handle: () => {
        document ??= openApiDocument(routes, services.version);
        return jsonAnswer(document);
      },
    },
  ];
}
