import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import { namedLines, readOutcome, retryAfterMs } from '../../../lib/collect/outcome.ts';
import { Poster } from '../../../lib/collect/post.ts';
import { SpoolWriter, type WriterOptions } from '../../../lib/collect/writer.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { Spool } from '../../../lib/spool/spool.ts';

let directory: string;
let server: Server;
let spool: Spool;
let poster: Poster;
let stop: AbortController;
let running: Promise<void> | undefined;
/** What the server does with a request; replaced by each test. */
let answer: (lines: string[], request: IncomingMessage, response: ServerResponse) => void;
let stored: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'writer-'));
  spool = Spool.open({ directory });
  poster = new Poster();
  stop = new AbortController();
  stored = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
      answer(text.split('\n').filter(Boolean), request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  stop.abort();
  await running;
  running = undefined;
  poster.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  spool.close();
  rmSync(directory, { recursive: true, force: true });
});

const slept: number[] = [];
function writer(over: Partial<WriterOptions> = {}): SpoolWriter {
  slept.length = 0;
  const port = (server.address() as AddressInfo).port;
  return new SpoolWriter({
    name: 'samples',
    spool,
    poster,
    url: new URL(`http://127.0.0.1:${port}/api/v2/write?bucket=b`),
    headers: { authorization: 'Token secret' },
    expectedStatus: 204,
    gzip: true,
    clock: systemClock,
    logger: silentLogger,
    signal: stop.signal,
    random: () => 0.5,
    sleep: async (ms) => {
      slept.push(ms);
    },
    ...over,
  });
}

/** Runs the writer until the spool is empty. */
async function drain(subject: SpoolWriter): Promise<void> {
  running = subject.run();
  while (spool.stats().items > 0) await new Promise((resolve) => setImmediate(resolve));
}
function put(...lines: string[]): void {
  for (const line of lines) spool.append(Buffer.from(`${line}\n`));
}
function store(lines: string[], response: ServerResponse): void {
  stored.push(...lines);
  response.writeHead(204).end();
}

describe('writer', () => {
  it('sends what waits in order, with the token, compressed when large', async () => {
    const seen: (string | undefined)[] = [];
    answer = (lines, request, response) => {
      seen.push(request.headers.authorization, request.headers['content-encoding'], request.url);
      store(lines, response);
    };
    put('a', 'b'.repeat(2000), 'c');
    const subject = writer();
    await drain(subject);
    expect(stored).toEqual(['a', 'b'.repeat(2000), 'c']);
    expect(seen).toEqual(['Token secret', 'gzip', '/api/v2/write?bucket=b']);
    expect(subject.stats).toMatchObject({ sent: 3, refused: 0, batches: 1 });
  });

  it('lets what comes right behind a request wait for company, but never a whole batch', async () => {
    let nowMs = 1000;
    answer = (lines, _request, response) => {
      // More comes while a request is on its way.
      if (stored.length === 0) put('b', 'c');
      else if (stored.length === 1) put('d'.repeat(2000));
      store(lines, response);
    };
    put('a');
    const clock = { now: () => nowMs };
    const sleep = async (ms: number) => {
      slept.push(ms);
      nowMs += ms;
    };
    const subject = writer({ spacingMs: 200, maxBatchBytes: 1500, clock, sleep });
    await drain(subject);
    expect(stored.map((line) => line.slice(0, 1))).toEqual(['a', 'b', 'c', 'd']);
    expect(slept).toEqual([200]);
    expect(subject.stats.batches).toBe(3);
  });

  it('takes a friendly 200 for what it is: nothing stored', async () => {
    let calls = 0;
    answer = (lines, _request, response) => {
      if (calls++ === 0) response.writeHead(200).end('<html>login</html>');
      else store(lines, response);
    };
    put('a');
    const subject = writer();
    await drain(subject);
    expect(stored).toEqual(['a']);
    expect(subject.stats.retries).toBe(1);
  });

  it('waits longer after each failure with jitter, and as long as the server asked', async () => {
    const answers: [number, Record<string, string>][] = [
      [503, {}],
      [500, {}],
      [429, { 'retry-after': '7' }],
      [401, {}],
    ];
    answer = (lines, _request, response) => {
      const next = answers.shift();
      if (next) response.writeHead(...next).end();
      else store(lines, response);
    };
    put('a');
    await drain(writer());
    expect(slept).toEqual([250, 500, 8000, 2000]);
    expect(stored).toEqual(['a']);
  });

  it('gives up only the lines the server names', async () => {
    answer = (lines, _request, response) => {
      const bad = lines.flatMap((line, index) => (line.startsWith('bad') ? [index + 1] : []));
      if (bad.length === 0) store(lines, response);
      else
        response
          .writeHead(400)
          .end(JSON.stringify({ code: 'invalid', message: bad.map((line) => `line ${line}: no fields`).join('; ') }));
    };
    put('a', 'bad1', 'b', 'bad2', 'c');
    const subject = writer();
    await drain(subject);
    expect(stored).toEqual(['a', 'b', 'c']);
    expect(subject.stats).toMatchObject({ sent: 3, refused: 2 });
  });

  it('finds the bad line by halving when the server does not name it', async () => {
    answer = (lines, _request, response) => {
      if (lines.some((line) => line.startsWith('bad'))) response.writeHead(400).end('no');
      else store(lines, response);
    };
    put('a', 'b', 'bad', 'c', 'd', 'e');
    const subject = writer();
    await drain(subject);
    expect(stored).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(subject.stats.refused).toBe(1);
  });

  it('halves a batch that is too large, also inside one record', async () => {
    answer = (lines, _request, response) => {
      if (lines.length > 2) response.writeHead(413).end();
      else store(lines, response);
    };
    spool.append(Buffer.from('a\nb\nc\nd\ne\n'), 5);
    put('f', 'g', 'h');
    await drain(writer());
    expect(stored).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  it('gives up a single line that is too large, and counts it', async () => {
    answer = (lines, _request, response) => {
      if (lines.some((line) => line.length > 10)) response.writeHead(413).end();
      else store(lines, response);
    };
    put('a', 'x'.repeat(20), 'b');
    const subject = writer();
    await drain(subject);
    expect(stored).toEqual(['a', 'b']);
    expect(subject.stats.refused).toBe(1);
  });

  it('loses nothing to a server that takes a request and never answers', async () => {
    let calls = 0;
    answer = (lines, _request, response) => {
      if (calls++ === 0) return;
      store(lines, response);
    };
    put('a');
    const subject = writer({ timeoutMs: 1000 });
    await drain(subject);
    expect(stored).toEqual(['a']);
    expect(subject.stats.lastError?.message).toBe('no answer in time');
  });

  it('keeps everything while nobody listens', async () => {
    put('a');
    const subject = writer({ url: new URL('http://127.0.0.1:1/'), sleep: async () => stop.abort() });
    await subject.run();
    expect(spool.stats().items).toBe(1);
    expect(subject.stats.lastError?.message).toContain('ECONNREFUSED');
  });

  it('counts items the ingest answer rejects', async () => {
    answer = (_lines, _request, response) => {
      response
        .writeHead(202)
        .end(
          JSON.stringify({ accepted: 1, rejected: [{ index: 1, code: 'malformed', detail: 'endMs before startMs' }] }),
        );
    };
    put('{}', '{}');
    const subject = writer({ expectedStatus: 202 });
    await drain(subject);
    expect(subject.stats).toMatchObject({ sent: 1, refused: 1 });
  });

  it('leaves the batch for the next start when told to stop in the middle', async () => {
    answer = () => stop.abort();
    put('a');
    await writer().run();
    expect(spool.stats().items).toBe(1);
  });
});

describe('answers of servers', () => {
  it('reads Retry-After in both forms', () => {
    expect(retryAfterMs('3', 0)).toBe(3000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000);
    expect(retryAfterMs('soon', 0)).toBeNull();
    expect(retryAfterMs(undefined, 0)).toBeNull();
  });
  it('finds the lines a refusal names, and only those the batch has', () => {
    expect(namedLines('line 3: x; Line 1 also; unable to parse at line:2; line 99', 3)).toEqual([1, 2, 3]);
    expect(namedLines('deadline 5 passed', 9)).toEqual([]);
  });
  it('keeps the data when the token is wrong', () => {
    expect(readOutcome({ status: 401, retryAfter: undefined, body: '' }, 204, 1, 0).kind).toBe('retry');
  });
});
