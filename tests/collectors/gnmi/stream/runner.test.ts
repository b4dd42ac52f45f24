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
async function waitsAgainst(
  server: raw.RawServer,
  clock: { now: () => number },
  interval: string,
  count: number,
): Promise<number[]> {
  const set = PATH_SETS.find(({ name }) => name === 'openconfig-interfaces')!;
  const waits: number[] = [];
  const stop = new AbortController();
  const watchdog = new Watchdog();
  const runner = new Runner({
    set,
    paths: set.paths.map(({ path, mode }) => ({ path, mode, watch: watchdog.add(path, mode === 'sample', 1000) })),
    stages: STAGES.auto,
    intake: { subscribeResponse: () => {} } as unknown as Intake,
    config: gnmiConfigSchema.parse({ name: 'leaf1', address: server.address, tls: false, interval }),
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
  const waits = await waitsAgainst(server, { now: () => 1_800_000_000_000 + passedMs }, '1s', 6);
  expect(waits).toEqual([1000, 2000, 4000, 1000, 2000, 4000]);
});

it('asks for what every way refused after a minute at most, then ever more rarely', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const server = await raw.answering((stream) => [raw.trailers(stream, { ...raw.RESPONSE, 'grpc-status': '12' })]);
  const waits = await waitsAgainst(server, { now: () => Date.now() }, '20ms', 6);
  expect(waits).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  // Four ways, each on a connection of its own.
  expect(server.connections()).toBe(24);
});
