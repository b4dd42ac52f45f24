import { afterEach, expect, it, vi } from 'vitest';
import { gnmiConfigSchema } from '../../../../collectors/gnmi/config.ts';
import { KeepaliveInterval } from '../../../../collectors/gnmi/grpc/keepalive.ts';
import type { Intake } from '../../../../collectors/gnmi/intake/intake.ts';
import { PATH_SETS } from '../../../../collectors/gnmi/paths/index.ts';
import { Runner } from '../../../../collectors/gnmi/stream/runner.ts';
import { STAGES } from '../../../../collectors/gnmi/stream/stages.ts';
import { Watchdog } from '../../../../collectors/gnmi/watchdog.ts';
import { realSleep } from '../../../../lib/collect/sleep.ts';
import * as raw from '../grpc/raw-server.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs one set against a server, without waiting after failures. @returns the waits asked for, ms */
async function waitsAgainst(server: raw.RawServer, clock: { now: () => number }, count: number): Promise<number[]> {
  const set = PATH_SETS.find(({ name }) => name === 'openconfig-interfaces')!;
  const waits: number[] = [];
  const stop = new AbortController();
  const watchdog = new Watchdog();
  const runner = new Runner({
    set,
    paths: set.paths.map(({ path, mode }) => ({ path, mode, watch: watchdog.add(path, mode === 'sample', 1000) })),
    stages: STAGES.auto,
    intake: { subscribeResponse: () => {} } as unknown as Intake,
    config: gnmiConfigSchema.parse({ name: 'leaf1', address: server.address, tls: false, interval: '1s' }),
    ...{ clock, encoding: 'PROTO', watchdog, keepalive: new KeepaliveInterval() },
    listener: { arriving: () => {}, received: () => {}, failed: () => waits.push(Number.NaN) },
    sleep: async (ms, signal) => {
      // Else it is the look at the watchdog.
      if (!Number.isNaN(waits.at(-1) ?? 0)) return realSleep(ms, signal);
      waits[waits.length - 1] = ms;
      if (waits.length === count) stop.abort();
    },
  });
  await runner.run(stop.signal);
  await server.close();
  return waits;
}

it('forgets its failures only after a stream has worked for half a minute', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  let passedMs = 0;
  let calls = 0;
  const server = await raw.rawServer((frame, write) => {
    if (frame.type !== raw.FRAME.headers) return;
    calls++;
    write(Buffer.concat([raw.headers(frame.stream, raw.RESPONSE), raw.data(frame.stream, raw.message(''))]));
    setTimeout(() => {
      passedMs += calls === 4 ? 30_000 : 20_000;
      write(raw.trailers(frame.stream, { 'grpc-status': '14' }));
    }, 20);
  });
  const waits = await waitsAgainst(server, { now: () => 1_800_000_000_000 + passedMs }, 6);
  expect(waits).toEqual([1000, 2000, 4000, 1000, 2000, 4000]);
});
