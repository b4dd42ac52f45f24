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
  if (batch.length === 0) return;
  try {
    await opened().write(batch.map(({ block }) => block));
    for (const { id } of batch) reply({ id, ok: true, value: null });
  } catch (error) {
    for (const { id } of batch) fail(id, error);
  }
}

let flushing: Promise<void> = Promise.resolve();
function enqueueWrite(id: number, block: WireBlock): void {
  waiting.push({ id, block });
  if (waiting.length === 1) {
    flushing = flushing.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(flushWrites);
  }
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
