import { parentPort } from 'node:worker_threads';
import { errorMessage, FabricError, InvariantError } from '../../errors.ts';
import { DuckEngine } from './engine.ts';
import type { StoreReply, StoreRequest, WireBlock } from './protocol.ts';

/** The thread that owns DuckDB: two owners in one process silently lose rows, and a flush blocks its thread. */
if (!parentPort) throw new InvariantError('this file runs in a worker thread only');
const port = parentPort;

let engine: DuckEngine | undefined;
const waiting: { id: number; block: WireBlock }[] = [];

function reply(message: StoreReply): void {
  port.postMessage(message);
}

function fail(id: number, error: unknown): void {
  if (error instanceof FabricError) {
    reply({ id, ok: false, code: error.code, message: error.message, retryable: error.retryable });
  } else {
    // DuckDB said no (disk full, file damaged, out of memory): trying again later can help.
    reply({ id, ok: false, code: 'store', message: errorMessage(error), retryable: true });
  }
}

function opened(): DuckEngine {
  if (!engine) throw new FabricError('unavailable', 'the store is not open');
  return engine;
}

/** All writes that arrived while the last commit ran are one commit. */
async function flushWrites(): Promise<void> {
  const batch = waiting.splice(0);
  waitingRows = 0;
  committedAt = performance.now();
  if (batch.length === 0) return;
  try {
    await opened().write(batch.map(({ block }) => block));
    for (const { id } of batch) reply({ id, ok: true, value: null });
  } catch (error) {
    for (const { id } of batch) fail(id, error);
  }
}

/** A commit costs 2 ms whatever it holds: small writes wait until this long after the one before, ms. */
const COMMIT_EVERY_MS = 100;
/** Rows that are worth a commit of their own. */
const FULL_COMMIT_ROWS = 2000;

let flushing: Promise<void> = Promise.resolve();
let waitingRows = 0;
let committedAt = Number.NEGATIVE_INFINITY;
let wake: () => void = () => {};

function enqueueWrite(id: number, block: WireBlock): void {
  waiting.push({ id, block });
  waitingRows += block.length;
  if (waiting.length === 1) flushing = flushing.then(pause).then(flushWrites);
  if (waitingRows >= FULL_COMMIT_ROWS) wake();
}

/** Until it is time for the next commit, and at least until everything that has arrived is in `waiting`. */
function pause(): Promise<void> {
  const restMs = waitingRows >= FULL_COMMIT_ROWS ? 0 : committedAt + COMMIT_EVERY_MS - performance.now();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, restMs));
    wake = () => {
      clearTimeout(timer);
      setImmediate(resolve);
    };
  });
}

async function answer(request: StoreRequest): Promise<unknown> {
  switch (request.op) {
    case 'open':
      engine = await DuckEngine.open(request.directory);
      return null;
    case 'read':
      return opened().read(request.id, request.query);
    case 'top':
      return opened().top(request.id, request);
    case 'hours':
      return opened().hours();
    case 'expire':
      return opened().expire(request.beforeMs);
    case 'put':
      return opened().put(request.table, request.rows);
    case 'select':
      return opened().select(request.id, request.sql, request.values);
    case 'run':
      return opened().run(request.sql, request.values);
    case 'close':
      await flushing;
      await engine?.close();
      engine = undefined;
      return null;
    default:
      return null;
  }
}

port.on('message', (request: StoreRequest) => {
  if (request.op === 'write') enqueueWrite(request.id, request.block);
  else if (request.op === 'cancel') engine?.cancel(request.target);
  else {
    answer(request).then(
      (value) => reply({ id: request.id, ok: true, value }),
      (error) => fail(request.id, error),
    );
  }
});
