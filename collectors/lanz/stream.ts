import { connect } from 'node:net';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import { RecordFraming } from './framing.ts';

/** A switch that is gone says nothing, as one without congestion does: the machine asks it now and then. */
const KEEPALIVE_MS = 30_000;

export interface StreamOptions {
  host: string;
  port: number;
  /** How long connecting, or one record, may take. */
  timeoutMs: number;
  signal: AbortSignal;
  connected(): void;
  /** A record. @returns false where no more are wanted until `resume` */
  received(record: Buffer): boolean;
}

/** A connection to LANZ. */
export interface LanzStream {
  /** Rejects with what ended it. */
  ended: Promise<never>;
  /** Goes on reading where `received` wanted no more. */
  resume(): void;
}

/** Connects and reads records until something ends it. */
export function openStream(options: StreamOptions): LanzStream {
  const { host, port, timeoutMs, signal, connected, received } = options;
  const framing = new RecordFraming();
  const socket = connect({ host, port });
  /** Whole records, of which the first `taken` were wanted. */
  let whole: Buffer[] = [];
  let taken = 0;
  let timer: NodeJS.Timeout | undefined;
  const handOn = (): void => {
    while (taken < whole.length) {
      const record = whole[taken++];
      if (record !== undefined && !received(record)) {
        socket.pause();
        return;
      }
    }
    whole = [];
    taken = 0;
    if (socket.isPaused()) socket.resume();
  };

  const ended = new Promise<never>((_, reject) => {
    const fail = (error: CollectorError): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      reject(error);
    };
    const stop = (): void => fail(new CollectorError('cancelled', 'stopped'));
    const within = (what: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(new CollectorError('timeout', `${what} within ${timeoutMs} ms`)), timeoutMs);
    };
    within('no connection');
    signal.addEventListener('abort', stop, { once: true });
    socket.setKeepAlive(true, KEEPALIVE_MS);
    socket.on('connect', () => {
      clearTimeout(timer);
      connected();
    });
    socket.on('data', (chunk) => {
      try {
        const was = framing.isWithin;
        const fresh = framing.push(chunk);
        // However slowly it drips: a record has its time from its first byte.
        if (!framing.isWithin) clearTimeout(timer);
        else if (!was || fresh.length > 0) within('a record is not whole');
        whole.push(...fresh);
        handOn();
      } catch (error) {
        fail(error instanceof CollectorError ? error : new CollectorError('malformed', errorMessage(error)));
      }
    });
    socket.on('error', (error) => fail(new CollectorError('unreachable', errorMessage(error))));
    socket.on('close', () => fail(new CollectorError('unavailable', 'the switch closed the connection')));
  });
  return { ended, resume: handOn };
}
