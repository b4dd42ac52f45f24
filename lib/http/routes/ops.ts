import { z } from 'zod';
import { HttpError } from '../http-error.ts';
import type { HttpServices } from '../services.ts';
import type { Route } from '../types.ts';
import { jsonAnswer } from './answers.ts';

/** Our own health, the event stream and reload. */
export function opsRoutes(services: HttpServices): Route[] {
  const { hub } = services;
  const text = (body: string, status = 200) => ({
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body,
  });
  return [
    {
      method: 'GET',
      path: '/api/v1/stream',
      summary: 'Server-sent events: overview, incident, verdict, job, target, port, delivery',
      scope: 'read',
      query: z.object({ port: z.string().max(600).optional().describe('device/port: its numbers too') }),
      answers: {
        200: { description: 'Events until you hang up', contentType: 'text/event-stream', schema: z.string() },
      },
      handle: (request) => ({
        status: 200,
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        },
        stream: (sink) => {
          if (hub.add(sink, request.query.get('port') ?? undefined)) return;
          sink.write('event: full\ndata: {}\n\n');
          sink.end();
        },
      }),
    },
    {
      method: 'GET',
      path: '/healthz',
      summary: 'Is the process alive?',
      scope: 'open',
      answers: { 200: { description: 'Yes', contentType: 'text/plain', schema: z.string() } },
      handle: () => text('ok\n'),
    },
    {
      method: 'GET',
      path: '/readyz',
      summary: 'Can it take data and answer?',
      scope: 'open',
      answers: {
        200: { description: 'Yes', contentType: 'text/plain', schema: z.string() },
        503: { description: 'Not now, and why' },
      },
      handle: () => {
        const reason = services.notReady();
        return reason === undefined ? text('ready\n') : text(`${reason}\n`, 503);
      },
    },
    {
      method: 'GET',
      path: '/health',
      summary: 'Health as Influx v2 clients ask for it',
      scope: 'open',
      undocumented: true,
      answers: { 200: { description: 'pass or fail' } },
      handle: () => {
        const reason = services.notReady();
        const status = reason === undefined ? 'pass' : 'fail';
        const message = reason ?? 'ready for queries and writes';
        const health = { name: 'influxdb', message, status, checks: [], version: services.version };
        return jsonAnswer(health, reason === undefined ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      summary: 'Our own health for Prometheus',
      scope: 'open',
      answers: { 200: { description: 'Prometheus text', contentType: 'text/plain', schema: z.string() } },
      handle: async () => {
        const { contentType, text: body } = await services.metrics();
        return { status: 200, headers: { 'content-type': contentType }, body };
      },
    },
    {
      method: 'POST',
      path: '/-/reload',
      summary: 'Reads the configuration again; a bad file changes nothing',
      scope: 'admin',
      answers: { 200: { description: 'What changed', schema: z.object({ message: z.string() }) } },
      handle: async () => {
        try {
          return jsonAnswer({ message: await services.reload() });
        } catch (error) {
          throw new HttpError(
            422,
            'config',
            error instanceof Error ? error.message : 'the configuration is not usable',
          );
        }
      },
    },
  ];
}
