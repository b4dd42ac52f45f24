import { parentPort } from 'node:worker_threads';
import { errorMessage, FabricError, InvariantError } from '../../errors.ts';
import type { WireCollectives } from './collective-columns.ts';
import { CommitQueue } from './commit-queue.ts';
import { DuckEngine } from './engine.ts';
import type { StoreReply, StoreRequest, WireBlock } from './protocol.ts';

/** The thread that owns DuckDB: two owners in one process silently lose rows, and a flush blocks its thread. */
if (!parentPort) throw new InvariantError('this file runs in a worker thread only');
const port = parentPort;

let engine: DuckEngine | undefined;

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

const samples = new CommitQueue<WireBlock>((blocks) => opened().write(blocks));
const collectives = new CommitQueue<{ batch: WireCollectives; nowMs: number; length: number }>((batches) =>
  opened().writeCollectives(
    batches.map(({ batch }) => batch),
    batches[batches.length - 1]?.nowMs ?? 0,
  ),
);

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
    case 'write':
      return samples.add(request.block);
    case 'put-collectives':
      return collectives.add({ batch: request.batch, nowMs: request.nowMs, length: request.batch.length });
    case 'collectives':
      return opened().collectives(request.id, request.query);
    case 'collective-summary':
      return opened().collectiveSummary(request.id, request.query);
    case 'expire-collectives':
      return opened().expireCollectives(request.beforeMs, request.mostBytes);
    case 'select':
      return opened().select(request.id, request.sql, request.values);
    case 'run':
      return opened().run(request.sql, request.values);
    case 'close':
      await samples.settled();
      await collectives.settled();
      await engine?.close();
      engine = undefined;
      return null;
    default:
      return null;
  }
}

port.on('message', (request: StoreRequest) => {
  if (request.op === 'cancel') engine?.cancel(request.target);
  else {
    answer(request).then(
      (value) => reply({ id: request.id, ok: true, value }),
      (error) => fail(request.id, error),
    );
  }
});
