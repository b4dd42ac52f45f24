import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { errorMessage, UsageError } from '../../lib/errors.ts';
import { FAULT_KINDS } from '../fabric/faults.ts';
import { listenNear } from './listen.ts';

/** A fault asked for: by `stallscope demo --fault`, or by POST to the control port of a running demo. */
const injectionSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS, { error: `must be one of ${FAULT_KINDS.join(', ')}` }),
  /** Seconds from now. */
  atSeconds: z.number().min(0).max(86_400).default(0),
  forSeconds: z.number().positive().max(3600).default(25),
  strength: z.number().positive().max(100).optional(),
  /** At a host of no job. */
  foreign: z.boolean().default(false),
  /** At this job instead of a drawn one, by name. */
  job: z.string().optional(),
  /** At a host or an uplink of this leaf, by name. */
  on: z.string().optional(),
});
export type Injection = z.output<typeof injectionSchema>;
export type InjectionRequest = z.input<typeof injectionSchema>;

/** Reads an injection. @throws UsageError with one sentence that names the field */
export function parseInjection(value: unknown): Injection {
  const parsed = injectionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`fault ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
}

const MAX_BODY_BYTES = 10_000;

/** The loopback door of a running demo: POST /faults with an injection, GET /faults for what is and was. */
export class ControlServer {
  private server: Server | undefined;

  constructor(
    private readonly inject: (injection: Injection) => unknown,
    private readonly list: () => unknown,
  ) {}

  start(wanted: number): Promise<number> {
    return listenNear(wanted, (port) => this.listen(port));
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private listen(port: number): Promise<number> {
    const server = createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => respond(response, 500, { detail: errorMessage(error) }));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        this.server = server;
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/faults') return respond(response, 404, { detail: 'only /faults is here' });
    if (request.method === 'GET') return respond(response, 200, this.list());
    if (request.method !== 'POST') return respond(response, 405, { detail: 'GET or POST' });
    // A page in someone's browser can reach loopback but cannot send this type without asking first.
    if (request.headers['content-type'] !== 'application/json') {
      return respond(response, 415, { detail: 'content-type must be application/json' });
    }
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
      if (body.length > MAX_BODY_BYTES) return respond(response, 413, { detail: 'too long' });
    }
    try {
      respond(response, 202, this.inject(parseInjection(JSON.parse(body))));
    } catch (error) {
      if (!(error instanceof UsageError) && !(error instanceof SyntaxError)) throw error;
      respond(response, 400, { detail: errorMessage(error) });
    }
  }
}

function respond(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}
