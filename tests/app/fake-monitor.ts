import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import next from 'next';
import type { StreamEvent } from '../../lib/api/types.ts';
import { parseDurationMs } from '../../lib/duration.ts';
import type { PortListQuery } from '../../lib/queries/port-list.ts';
import { QUERIES_SYMBOL, type Queries } from '../../lib/queries/types.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import { FakeFabric, type FakeMode } from './fake-fabric/index.ts';
import { largeFabric } from './large-fabric.ts';

/** A monitor made of fixtures: the API paths the dashboard reads, the event stream, and the pages by Next. */
export interface FakeMonitor {
  port: number;
  fabric: FakeFabric;
  /** Answers of the stream are cut, as by a restart of the monitor. */
  dropStreams: () => void;
  close: () => Promise<void>;
}

function readTime(text: string | null, nowMs: number, fallback: number): number {
  if (text === null) return fallback;
  const relative = /^now(?:-(.+))?$/.exec(text);
  if (relative !== null) return nowMs - (relative[1] === undefined ? 0 : parseDurationMs(relative[1]));
  return Number(text);
}

function pageOf(url: URL): { limit: number; cursor?: string } {
  const cursor = url.searchParams.get('cursor');
  return { limit: Number(url.searchParams.get('limit') ?? 100), ...(cursor === null ? {} : { cursor }) };
}

/** One document of the API; undefined = 404. */
async function answer(fabric: Queries, url: URL): Promise<unknown> {
  const [list, first, second, third, fourth] = url.pathname
    .replace(/^\/api\/v1\//, '')
    .split('/')
    .map(decodeURIComponent);
  const page = pageOf(url);
  switch (list) {
    case 'overview':
      return fabric.overview();
    case 'strip':
      return fabric.strip();
    case 'intake':
      return fabric.intake();
    case 'topology':
      return fabric.topology();
    case 'targets':
      return fabric.targets(page);
    case 'ports':
      if (first !== undefined && second !== undefined) return fabric.port(first, second);
      return fabric.ports({ ...page, ...portQuery(url) });
    case 'incidents':
      return first === undefined ? fabric.incidents(page) : fabric.incident(first);
    case 'jobs':
      if (first === undefined) return fabric.jobs(page);
      if (second === undefined) return fabric.job(first);
      if (second === 'ranks') return fabric.ranks(first);
      if (third === undefined) return fabric.steps(first, page);
      return fourth === 'explain' ? fabric.explain(first, Number(third)) : undefined;
    case 'alerts':
      return first === 'deliveries' ? fabric.deliveries(page) : undefined;
    case 'series':
      return seriesOf(fabric, url);
    default:
      return undefined;
  }
}

function portQuery({ searchParams }: URL): PortListQuery {
  const sort = searchParams.get('sort') as SampleField | 'port' | null;
  return {
    search: searchParams.get('search') ?? '',
    desc: searchParams.get('order') === 'desc',
    offset: Number(searchParams.get('offset') ?? 0),
    ...(sort === null ? {} : { sort }),
  };
}

function seriesOf(fabric: Queries, url: URL): Promise<unknown> {
  const now = Date.now();
  const priority = url.searchParams.get('priority');
  return fabric.series({
    device: url.searchParams.get('device') ?? '',
    port: url.searchParams.get('port') ?? '',
    priority: priority === null || priority === 'none' ? null : Number(priority),
    fields: (url.searchParams.get('field') ?? '').split(',') as SampleField[],
    fromMs: readTime(url.searchParams.get('from'), now, now - 900_000),
    toMs: readTime(url.searchParams.get('to'), now, now),
    maxPoints: Number(url.searchParams.get('maxPoints') ?? 1000),
  });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json' });
  response.end(JSON.stringify(body));
}

async function serveApi(
  fabric: FakeFabric,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const problem = {
    type: 'about:blank',
    requestId: '01HXFAKE7Q',
    status: 404,
    title: 'Not found',
    code: 'not_found',
    detail: url.pathname,
  };
  if (request.method === 'POST' && url.pathname === '/api/v1/alerts/test') {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return sendJson(response, 202, fabric.sendTest((JSON.parse(text) as { receiver: string }).receiver));
  }
  try {
    const body = await answer(queriesNow(fabric), url);
    sendJson(response, body === undefined ? 404 : 200, body ?? problem);
  } catch (error) {
    sendJson(response, 503, { ...problem, status: 503, title: 'Unavailable', code: 'store', detail: String(error) });
  }
}

let large: ReturnType<typeof largeFabric> | undefined;

/** Who answers in the mode of now; pages read the same ones. */
function queriesNow(fabric: FakeFabric): Queries {
  if (fabric.mode === 'large') large ??= largeFabric();
  const queries = fabric.mode === 'large' && large !== undefined ? large.queries : fabric;
  (globalThis as { [QUERIES_SYMBOL]?: Queries })[QUERIES_SYMBOL] = queries;
  return queries;
}

/** Starts the fake on a free port. `dev` compiles pages on demand; else the last `next build` is served. */
export async function startFakeMonitor(
  options: { mode?: FakeMode; dev?: boolean; port?: number } = {},
): Promise<FakeMonitor> {
  const fabric = new FakeFabric(options.mode);
  queriesNow(fabric);
  const app = next({ dev: options.dev ?? false, dir: process.cwd() });
  await app.prepare();
  const handle = app.getRequestHandler();
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/api/v1/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(': hello\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
    } else if (url.pathname.startsWith('/api/')) {
      void serveApi(fabric, request, response, url);
    } else {
      void handle(request, response);
    }
  });
  const poller = setInterval(() => {
    if (fabric.mode === 'large') large?.poll();
  }, 5000);
  let id = 0;
  const send = (message: StreamEvent) => {
    id += 1;
    const text = `id: ${id}\nevent: ${message.event}\ndata: ${JSON.stringify(message.data)}\n\n`;
    for (const stream of streams) stream.write(text);
  };
  const ticker = setInterval(() => void pushAll(fabric, send), 1000);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const dropStreams = () => {
    for (const stream of streams) stream.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    fabric,
    dropStreams,
    close: async () => {
      clearInterval(ticker);
      clearInterval(poller);
      dropStreams();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await app.close();
    },
  };
}

let sentHeat: object | undefined;

async function pushAll(fabric: FakeFabric, send: (message: StreamEvent) => void): Promise<void> {
  if (fabric.mode === 'broken') return;
  const overview = await queriesNow(fabric).overview();
  const { heat, ...rest } = overview;
  send({ event: 'overview', data: heat === sentHeat ? rest : overview });
  sentHeat = heat;
  for (const job of overview.jobs) send({ event: 'job', data: job });
  for (const incident of overview.incidents) send({ event: 'incident', data: incident });
  for (const verdict of overview.slowSteps.slice(0, 2)) send({ event: 'verdict', data: verdict });
}

// node --import tsx tests/app/fake-monitor.ts [storm|quiet|empty|stale|broken|large] [--built]
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const mode = (process.argv[2] ?? 'storm') as FakeMode;
  const fake = await startFakeMonitor({
    mode,
    dev: !process.argv.includes('--built'),
    port: Number(process.env.PORT ?? 0),
  });
  process.stdout.write(`http://127.0.0.1:${fake.port}\n`);
  process.on('message', (message: { mode?: FakeMode; drop?: true }) => {
    if (message.mode !== undefined) fake.fabric.mode = message.mode;
    queriesNow(fake.fabric);
    if (message.drop === true) fake.dropStreams();
    process.send?.('done');
  });
  process.on('disconnect', () => process.exit(0));
}
