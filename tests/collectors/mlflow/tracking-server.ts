import { LoopbackServer } from '../../loopback-server.ts';

export interface FakeTracking {
  /** @returns its URL */
  start(): Promise<string>;
  close(): Promise<void>;
  /** Tokens of the pages asked for; null for the first. */
  asked: (string | null)[];
  metrics: object[];
  authorization: string | undefined;
  /** Values of a page, whatever is asked for; the server's own bound. */
  pageSize: number;
  /** Has every answer be broken. */
  spoil: ((answer: Buffer) => Buffer) | undefined;
}

/** When the n-th step was logged, Unix ms: 1 s a step. */
export const loggedMs = (step: number) => 1_795_363_800_000 + step * 1000;

/** A value as the server gives it. */
export function metric(step: number, over: object = {}): object {
  return { key: 'train/loss', value: 2.5, timestamp: loggedMs(step), step, ...over };
}

/**
 * Answers `metrics/get-history` as MLflow 3.17 was seen to: two-blank JSON, pages by an offset in base64, `{}` where there
 * is nothing, 401 without credentials.
 */
export function serveTracking(authorization: string | undefined, steps: number[]): FakeTracking {
  const server = new LoopbackServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== fake.authorization) return void response.writeHead(401).end();
    if (url.pathname !== '/api/2.0/mlflow/metrics/get-history') return void response.writeHead(404).end('{}');
    const token = url.searchParams.get('page_token');
    fake.asked.push(token);
    const answer = Buffer.from(page(fake, url.searchParams, token));
    response.end(fake.spoil?.(answer) ?? answer);
  });
  const fake: FakeTracking = {
    asked: [],
    metrics: steps.map((step) => metric(step)),
    authorization,
    pageSize: 25_000,
    spoil: undefined,
    start: () => server.start(),
    close: () => server.close(),
  };
  return fake;
}

function page(fake: FakeTracking, query: URLSearchParams, token: string | null): string {
  if (query.get('metric_key') !== 'train/loss') return '{}';
  const from = token === null ? 0 : JSON.parse(Buffer.from(token, 'base64').toString()).offset;
  const size = Math.min(Number(query.get('max_results')), fake.pageSize);
  const metrics = fake.metrics.slice(from, from + size);
  const more = from + size < fake.metrics.length;
  const next = more ? { next_page_token: Buffer.from(`{"offset": ${from + size}}`).toString('base64') } : {};
  return JSON.stringify({ ...(metrics.length === 0 ? {} : { metrics }), ...next }, null, 2);
}
