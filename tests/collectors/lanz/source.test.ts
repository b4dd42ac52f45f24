import { afterEach, describe, expect, it } from 'vitest';
import { lanzPlugin } from '../../../collectors/lanz/index.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { QUALITIES } from '../../../lib/samples/fields.ts';
import { column, type SampleFrame } from '../../../lib/samples/frame.ts';
import { collectorContext } from '../../collector-context.ts';
import { LanzServer } from './lanz-server.ts';
import { complaint, config, congestion, framed } from './records.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(greeting?: Parameters<typeof LanzServer.start>[0]): Promise<LanzServer> {
  const own = await LanzServer.start(greeting);
  closing.push(() => own.close());
  return own;
}

function collect(address: string, more: Record<string, unknown> = {}) {
  const frames: SampleFrame[] = [];
  const health: TargetHealth[] = [];
  const stop = new AbortController();
  const entry = { name: 'leaf1-lanz', device: 'leaf1', address, interval: '20ms', timeout: '150ms', ...more };
  const source = lanzPlugin.create(
    lanzPlugin.configSchema.parse(entry),
    collectorContext({
      samples: (told) => frames.push(...told),
      health: (one) => health.push(one),
    }),
  );
  const done = source.start(stop.signal);
  closing.push(async () => {
    stop.abort();
    await done;
  });
  const says = (text: string) =>
    health.some(({ lastError, refused }) => [lastError?.message ?? '', ...refused].join('\n').includes(text));
  return { frames, health, source, says, state: () => health.at(-1)?.state };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A congestion of 400 ms that ended now. */
function oneCongestion(port = 'Ethernet1', endMs = Date.now()): Buffer[] {
  return [
    congestion({ atMs: endMs - 400, port, entry: 1, segments: 100, drops: 0 }),
    congestion({ atMs: endMs - 200, port, entry: 2, segments: 900, drops: 40 }),
    congestion({ atMs: endMs, port, entry: 3, segments: 10, drops: 40 }),
  ];
}

describe('what a switch streams', () => {
  it('becomes depth and drops of the queue between its records, of the device it belongs to', async () => {
    const leaf = await server();
    const { frames, health } = collect(leaf.address);
    await until(() => leaf.sockets.size > 0);
    const endMs = Date.now();
    leaf.send(...oneCongestion('Ethernet2', endMs));
    await until(() => frames.length > 0);
    const frame = frames[0]!;
    expect(frame).toMatchObject({ device: 'leaf1', ports: ['Ethernet2'] });
    expect(frame.startMs[0]).toBeCloseTo(endMs - 400, -1);
    expect(frame.endMs[0]).toBeCloseTo(endMs, -1);
    expect(column(frame, 'queueWatermarkBytes', 3)![0]).toBe(900 * 480);
    expect(column(frame, 'dropsPerSec', 3)![0]).toBeCloseTo(100, 3);
    expect(QUALITIES[frame.quality[0]!]).toBe('bounded');
    await until(() => health.at(-1)?.ports === 2);
    expect(health.at(-1)).toMatchObject({ target: 'leaf1-lanz', device: 'leaf1', state: 'ok' });
    expect(Math.abs(health.at(-1)!.clockOffsetMs ?? 0)).toBeLessThan(5000);
  });

  it('tells no depth while the size of a segment is not known, and says so', async () => {
    const leaf = await server(() => {});
    const { frames, says, state } = collect(leaf.address);
    await until(() => leaf.sockets.size > 0);
    leaf.send(...oneCongestion());
    await until(() => frames.length > 0 && says('set segmentBytes'));
    expect(column(frames[0]!, 'queueWatermarkBytes', 3)).toBeUndefined();
    expect(column(frames[0]!, 'dropsPerSec', 3)![0]).toBeGreaterThan(0);
    expect(state()).toBe('degraded');
  });

  it('takes the configured size of a segment before that of the switch', async () => {
    const leaf = await server();
    const { frames } = collect(leaf.address, { segmentBytes: 256 });
    await until(() => leaf.sockets.size > 0);
    leaf.send(...oneCongestion());
    await until(() => frames.length > 0);
    expect(column(frames[0]!, 'queueWatermarkBytes', 3)![0]).toBe(900 * 256);
  });

  it('hands on what the switch complains of', async () => {
    const leaf = await server((socket) => void socket.write(framed(complaint('LANZ is disabled on this platform'))));
    const { says } = collect(leaf.address);
    await until(() => says('the switch says: LANZ is disabled on this platform'));
  });
});

describe('a connection that is lost', () => {
  it('is made again, and nothing is joined over the gap', async () => {
    const leaf = await server();
    const { frames, says, state } = collect(leaf.address);
    await until(() => leaf.sockets.size > 0);
    leaf.send(congestion({ atMs: Date.now() - 300, entry: 1, segments: 100, drops: 0 }));
    await until(() => state() === 'ok');
    leaf.drop();
    await until(() => leaf.connections > 1 && says('the switch closed the connection'));
    await until(() => leaf.sockets.size > 0 && state() === 'ok');
    leaf.send(congestion({ atMs: Date.now(), entry: 3, segments: 10, drops: 5000 }));
    leaf.send(...oneCongestion('Ethernet2'));
    await until(() => frames.length > 0);
    const drops = column(frames[0]!, 'dropsPerSec', 3)!;
    expect(drops[frames[0]!.ports.indexOf('Ethernet1')]).toBeNaN();
    expect(drops[frames[0]!.ports.indexOf('Ethernet2')]).toBeCloseTo(100, 3);
  });

  it('says what to look at where nobody listens', async () => {
    const { says, state, source } = collect('127.0.0.1:1');
    await until(() => says('queue-monitor streaming'));
    expect(state()).toBe('down');
    const probe = await source.probe(new AbortController().signal);
    expect(probe).toMatchObject({ ok: false });
    expect(probe.message).toContain('ECONNREFUSED');
  });
});

describe('a hostile peer', () => {
  it('that tells a length beyond reason is left, and asked again later', async () => {
    const leaf = await server((socket) => void socket.write(Buffer.from([0xff, 0xff, 0xff, 0x7f])));
    const { says } = collect(leaf.address);
    await until(() => says('none of LANZ') && leaf.connections > 2);
  });

  it('that tells a broken record costs that record', async () => {
    const leaf = await server();
    const { frames, says } = collect(leaf.address);
    await until(() => leaf.sockets.size > 0);
    leaf.send(Buffer.from([0x12, 0x7f, 0x01]), Buffer.from([0x0b]), ...oneCongestion());
    await until(() => frames.length > 0 && says('2 records refused'));
    expect(leaf.connections).toBe(1);
  });

  it('that drips a record is left when its time is over', async () => {
    const record = framed(Buffer.alloc(200, 1));
    const leaf = await server((socket) => {
      let at = 0;
      const timer = setInterval(() => socket.write(record.subarray(at, ++at)), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const { says } = collect(leaf.address);
    await until(() => says('a record is not whole within 150 ms') && leaf.connections > 1);
  });

  it('that leaves a record half is left as well, and one that is silent between records is not', async () => {
    const leaf = await server();
    const { says, state } = collect(leaf.address);
    await until(() => state() === 'ok');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([leaf.connections, state()]).toEqual([1, 'ok']);
    leaf.raw(framed(config(480)).subarray(0, 5));
    await until(() => says('a record is not whole') && leaf.connections > 1);
  });

  it('that floods is read as fast as it is wanted, and loses no record', async () => {
    const leaf = await server();
    const { frames } = collect(leaf.address, { timeout: '10s' });
    await until(() => leaf.sockets.size > 0);
    const many = 50_000;
    const startMs = Date.now() - 1000;
    const records = Array.from({ length: many }, (_, index) =>
      congestion({ atMs: startMs + index / 100, entry: index === 0 ? 1 : 2, segments: 1, drops: index }),
    );
    leaf.send(...records);
    const dropped = () =>
      frames.reduce((sum, { startMs, endMs, columns }) => {
        const seconds = (endMs[0]! - startMs[0]!) / 1000;
        return sum + (columns[0]!.values[0] ?? 0) * seconds;
      }, 0);
    await until(() => dropped() > many - 2);
    expect(dropped()).toBeCloseTo(many - 1, 0);
    // Not all in one go: 20,000 an interval.
    expect(frames.length).toBeGreaterThan(2);
  });

  it('that names ever new ports is read with the memory of a large chassis', async () => {
    const leaf = await server();
    const { frames } = collect(leaf.address, { timeout: '10s' });
    await until(() => leaf.sockets.size > 0);
    for (let port = 0; port < 5000; port++) leaf.send(...oneCongestion(`port${port}`));
    await until(() => (frames.at(-1)?.ports.length ?? 0) >= 4096);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(frames.at(-1)!.ports).toHaveLength(4096);
  });
});

it('a probe tells of a quiet switch that it is quiet', async () => {
  const quiet = await server(() => {});
  const { source } = collect(quiet.address);
  const signal = new AbortController().signal;
  expect(await source.probe(signal)).toMatchObject({ ok: true, message: expect.stringContaining('queues are quiet') });
  const leaf = await server();
  const probe = await collect(leaf.address).source.probe(signal);
  expect(probe).toMatchObject({ ok: true, ports: 2, message: expect.stringContaining('segments of 480 bytes') });
});
