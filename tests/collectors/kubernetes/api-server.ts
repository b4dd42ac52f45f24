import { LoopbackServer } from '../../loopback-server.ts';

export interface FakeApi {
  /** @returns its URL */
  start(): Promise<string>;
  close(): Promise<void>;
  /** Paths asked for, with their queries. */
  asked: string[];
  pods: object[];
  token: string;
}

/** A pod as `kubectl get pods -o json` shows it; only the parts a scheduler's view needs. */
export function pod(
  name: string,
  node: string | undefined,
  over: { labels?: object; gpus?: unknown; phase?: string } = {},
) {
  return {
    metadata: { name, namespace: 'train', labels: { 'jobset.sigs.k8s.io/jobset-name': 'llm', ...over.labels } },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: 'main', resources: { limits: { 'nvidia.com/gpu': over.gpus ?? '8', memory: '1Gi' } } }],
    },
    status: { phase: over.phase ?? 'Running', startTime: '2026-11-22T16:00:00Z', podIP: '10.0.0.1' },
  };
}

/** Answers lists of pods as an API server does: pages, bearer tokens, statuses. */
export function serveApi(token: string, pods: object[], pageSize = 2): FakeApi {
  const server = new LoopbackServer((request, response) => {
    api.asked.push(request.url ?? '');
    const url = new URL(request.url ?? '/', 'http://x');
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== `Bearer ${api.token}`) {
      response.writeHead(401).end('{"kind":"Status","code":401}');
      return;
    }
    const from = Number(url.searchParams.get('continue') ?? 0);
    const items = api.pods.slice(from, from + pageSize);
    const next = from + pageSize < api.pods.length ? String(from + pageSize) : undefined;
    response.end(JSON.stringify({ kind: 'PodList', metadata: { continue: next }, items }));
  });
  const api: FakeApi = {
    asked: [],
    pods,
    token,
    start: () => server.start(),
    close: () => server.close(),
  };
  return api;
}
