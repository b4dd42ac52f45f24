import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { infinibandPlugin } from '../../collectors/infiniband/index.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { DeviceInfo, Link } from '../../lib/topology/types.ts';
import { EXTENDED, TOPOLOGY } from '../collectors/infiniband/outputs.ts';
import { counterOf } from '../collectors/prometheus/pages.ts';
import { ibsimInstalled, type SimulatedFabric, startFabric, WHY_NO_IBSIM } from './ibsim.ts';

interface Seen {
  frames: ReadingFrame[];
  health: TargetHealth[];
  links: { devices: DeviceInfo[]; links: Link[] }[];
}

function source(
  entry: Record<string, unknown>,
  seen: Seen,
  stateDir = mkdtempSync(join(tmpdir(), 'infiniband-state-')),
) {
  const config = infinibandPlugin.configSchema.parse({ name: 'fabric', collector: 'infiniband', ...entry });
  return infinibandPlugin.create(config, {
    sink: {
      readings: (frame) => seen.frames.push(frame),
      links: (_, devices, links) => seen.links.push({ devices, links }),
      steps: () => {},
      collectives: () => {},
      jobs: () => {},
      health: (health) => seen.health.push(health),
    },
    clock: systemClock,
    logger: silentLogger,
    collectorId: 'system',
    stateDir,
  });
}
const nothing = (): Seen => ({ frames: [], health: [], links: [] });

/** The commands of infiniband-diags on a simulated fabric with a real subnet manager. */
describe.skipIf(!ibsimInstalled)(`against ibsim and opensm${WHY_NO_IBSIM}`, () => {
  let fabric: SimulatedFabric;
  beforeAll(async () => {
    fabric = await startFabric();
  });
  afterAll(() => fabric.stop());
  const entry = () => ({ toolsDirectory: fabric.toolsDirectory, interval: '300ms', topologyInterval: '1s' });

  it('finds devices, cables and counters, and sees them grow', async () => {
    const seen = nothing();
    const stop = new AbortController();
    const running = source(entry(), seen).start(stop.signal);
    const framesOf = (device: string) => seen.frames.filter((frame) => frame.device === device);
    while (framesOf('leaf1').length < 4) await delay(50);
    stop.abort();
    await running;

    expect(seen.links[0]?.devices.map(({ device, role }) => `${device} ${role}`).sort()).toEqual([
      'gpu07 host',
      'gpu08 host',
      'leaf1 switch',
      'spine1 switch',
    ]);
    const cables = seen.links[0]?.links.map(({ a, b, bothEnds }) => {
      const ends = [`${a.device}/${a.port}`, `${b.device}/${b.port}`].sort().join(' - ');
      return `${ends} ${bothEnds}`;
    });
    expect(cables?.sort()).toEqual([
      'gpu07/mlx5_0 - leaf1/3 true',
      'gpu08/mlx5_0 - leaf1/4 true',
      'leaf1/1 - spine1/1 true',
      'leaf1/2 - spine1/2 true',
    ]);
    // The commands' own packets are the traffic: port 3 leads to the host that asks.
    const values = framesOf('leaf1').flatMap((frame) => counterOf(frame, '3', 'rxPackets') ?? []);
    expect(values.length).toBeGreaterThanOrEqual(2);
    expect(values.at(-1)).toBeGreaterThan(values[0]!);
    const last = framesOf('leaf1').find((frame) => counterOf(frame, '3', 'txBytes') !== undefined);
    expect(counterOf(last, '3', 'txBytes')! % 4n).toBe(0n);
    expect(counterOf(last, '3', 'xmitWaitTicks')).toBe(0n);
    expect(last?.ports).toEqual(['1', '2', '3', '4']);
    // ibsim trains its links at 4x SDR although they could do more.
    expect(last?.linkRateBitsPerSec[0]).toBe(8e9);
    // The second cable has lost three of its four lanes.
    expect(last?.linkRateBitsPerSec[1]).toBeLessThan(8e9);
    const narrow = seen.links[0]?.links.find(({ a, b }) =>
      [a, b].some((end) => `${end.device}/${end.port}` === 'leaf1/2'),
    );
    expect(narrow?.linkRateBitsPerSec).toBeGreaterThan(8e9);
    expect(seen.health.at(-1)?.refused.join('\n')).toMatch(/leaf1\/2 runs at 1x .*Could be/);
    expect(seen.links[0]?.links[0]?.linkRateBitsPerSec).toBeGreaterThan(8e9);
    expect(seen.health.at(-1)).toMatchObject({ state: 'ok', ports: 6, failures: 0 });
    expect(seen.health.at(-1)?.refused[0]).toContain('runs at 4x SDR');
  });

  it('reads a quiet port at once when it waits for credits', async () => {
    const seen = nothing();
    const stop = new AbortController();
    // Quiet ports have their turn every half minute only.
    const running = source({ ...entry(), interval: '1s', coldEvery: 8, topologyInterval: '1h' }, seen).start(
      stop.signal,
    );
    const waits = () => seen.frames.flatMap((frame) => counterOf(frame, '4', 'xmitWaitTicks') ?? []);
    const polls = () => seen.health.at(-1)?.polls ?? 0;
    while (polls() < 3) await delay(50);
    const before = { polls: polls(), reads: waits().length };
    fabric.console('PerformanceSet "leaf1"[4] PortCounters.PortXmitWait=4711');
    while (waits().at(-1) !== 4711n) await delay(50);
    // The sweep that was under way may have missed it, the next one not.
    expect(polls() - before.polls).toBeLessThanOrEqual(2);
    while (waits().filter((value) => value === 4711n).length < 3) await delay(50);
    expect(seen.health.at(-1)).toMatchObject({ state: 'ok', failures: 0 });
    stop.abort();
    await running;
  });

  it('a classic counter at its end is unknown, and told', async () => {
    fabric.console('PerformanceSet "leaf1"[4] PortCounters.LinkDownedCounter=255');
    const seen = nothing();
    const stop = new AbortController();
    const running = source(entry(), seen).start(stop.signal);
    while (!seen.health.some(({ refused }) => refused.includes('leaf1/4: LinkDownedCounter stands at its end (255)')))
      await delay(50);
    const last = seen.frames.find((frame) => counterOf(frame, '4', 'xmitWaitTicks') !== undefined);
    expect(counterOf(last, '4', 'linkDowns')).toBeUndefined();
    stop.abort();
    await running;
    fabric.console('PerformanceSet "leaf1"[4] PortCounters.LinkDownedCounter=0');
  });

  it('starts from what it has kept of the fabric, and walks it where that is damaged', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'infiniband-state-'));
    const once = async (toolsDirectory: string) => {
      const seen = nothing();
      const stop = new AbortController();
      const running = source({ ...entry(), toolsDirectory, topologyInterval: '1h' }, seen, stateDir).start(stop.signal);
      while (seen.frames.length < 2) await delay(20);
      stop.abort();
      await running;
      return seen.links[0]?.devices.map(({ device }) => device).sort();
    };
    const devices = await once(fabric.toolsDirectory);
    // The same commands, but nobody may walk the fabric.
    const still = mkdtempSync(join(tmpdir(), 'infiniband-still-'));
    for (const tool of ['ibnetdiscover', 'perfquery', 'iblinkinfo', 'ibqueryerrors']) {
      const walks = tool === 'ibnetdiscover' ? 'case "$*" in *--cache*) echo walked >&2; exit 1;; esac\n' : '';
      writeFileSync(join(still, tool), `#!/bin/sh\n${walks}exec ${join(fabric.toolsDirectory, tool)} "$@"\n`, {
        mode: 0o755,
      });
    }
    expect(await once(still)).toEqual(devices);
    const [kept = ''] = readdirSync(stateDir);
    writeFileSync(join(stateDir, kept), 'damaged');
    expect(await once(fabric.toolsDirectory)).toEqual(devices);
    rmSync(still, { recursive: true });
    rmSync(stateDir, { recursive: true });
  });

  it('shows a cable that was pulled as down', async () => {
    const seen = nothing();
    const stop = new AbortController();
    const running = source(entry(), seen).start(stop.signal);
    while (seen.frames.length < 2) await delay(50);
    fabric.console('Unlink "leaf1"[2]');
    const down = () =>
      seen.frames.find(({ device, ports, linkUp }) => device === 'leaf1' && linkUp[ports.indexOf('2')] === 0);
    while (down() === undefined) await delay(50);
    expect(seen.links.at(-1)?.links).toHaveLength(3);
    fabric.console('Relink "leaf1"');
    stop.abort();
    await running;
  });
});

it.skipIf(!ibsimInstalled)(`a fabric that stops answering delays no other${WHY_NO_IBSIM}`, async () => {
  const fabric = await startFabric();
  const good = mkdtempSync(join(tmpdir(), 'infiniband-'));
  const answer = (tool: string, text: string) =>
    writeFileSync(join(good, tool), `#!/bin/sh\ncat <<'END'\n${text}END\n`, { mode: 0o755 });
  answer('ibnetdiscover', TOPOLOGY);
  answer('iblinkinfo', '');
  answer('perfquery', EXTENDED.replace('Lid 14', 'Lid 7'));
  answer('ibqueryerrors', '## Summary: 2 nodes checked, 0 bad nodes found\n');
  const seen = { dead: nothing(), good: nothing() };
  const stop = new AbortController();
  const common = { interval: '300ms', timeout: '1s' };
  const running = [
    source({ ...common, toolsDirectory: fabric.toolsDirectory }, seen.dead).start(stop.signal),
    source({ ...common, name: 'good', toolsDirectory: good, coldEvery: 1 }, seen.good).start(stop.signal),
  ];
  while (seen.dead.frames.length < 3 || seen.good.frames.length < 3) await delay(50);
  fabric.kill();
  const failures = () => seen.dead.health.at(-1)?.failures ?? 0;
  while (failures() < 1) await delay(50);
  const before = seen.good.frames.length;
  while (failures() < 4) await delay(50);
  stop.abort();
  await Promise.all(running);
  await fabric.stop();
  rmSync(good, { recursive: true });
  expect(seen.dead.health.at(-1)).toMatchObject({ state: 'down' });
  expect(seen.dead.health.at(-1)?.lastError?.message).toMatch(/leaf1|spine1/);
  // Each failure takes a command's time of a second; the other fabric has its beat of 300 ms.
  expect(seen.good.frames.length - before).toBeGreaterThan(6);
  expect(seen.good.health.filter(({ lastError }) => lastError !== null)).toEqual([]);
});

it('a command that hangs is ended, and one that fails is told in one sentence', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'infiniband-'));
  const probe = async (script: string) => {
    writeFileSync(join(directory, 'ibnetdiscover'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { ok, message } = await source({ toolsDirectory: directory, topologyTimeout: '500ms' }, nothing()).probe(
      new AbortController().signal,
    );
    expect(ok).toBe(false);
    return message;
  };
  expect(await probe('exec sleep 60')).toBe('ibnetdiscover did not end within 500 ms');
  expect(await probe('echo "ibwarn: [7] mad_rpc_open_port: can\'t open UMAD port ((null):0)" >&2; exit 1')).toContain(
    '/dev/infiniband/umad',
  );
  expect(await probe('echo garbage')).toBe('ibnetdiscover shows no port: 1 lines are no ports');
  expect(await probe('echo half; echo broken >&2; exit 1')).toBe('ibnetdiscover: broken');
  rmSync(join(directory, 'ibnetdiscover'));
  expect(
    (await source({ toolsDirectory: directory }, nothing()).probe(new AbortController().signal)).message,
  ).toContain('install the package infiniband-diags');
  rmSync(directory, { recursive: true });
});
