import { describe, expect, it } from 'vitest';
import type { FabricPort } from '../../../collectors/infiniband/fabric.ts';
import { deviceFrame, type SweptPort } from '../../../collectors/infiniband/frames.ts';
import { counterOf } from '../prometheus/pages.ts';

const port = (name: string): FabricPort => ({
  device: 'gpu07',
  port: name,
  guid: '0x0000000000000001',
  lid: 1,
  number: 1,
  kind: 'CA',
  linkRateBitsPerSec: 100e9,
  up: true,
});

const swept = (name: string, widthBits: 32 | 64, low: number): SweptPort => ({
  port: port(name),
  values: { atMs: 1000, values: new Map([['xmitWaitTicks', { high: 0, low, widthBits }]]) },
  expectedIntervalMs: 0,
});

describe('the frame of a device', () => {
  const frameOf = (...ports: SweptPort[]) =>
    deviceFrame(
      'gpu07',
      ports.map((entry) => entry.port.port),
      ports,
      2000,
    );
  const old = swept('mlx4_0', 32, 7);
  const recent = swept('mlx5_0', 64, 9);

  it.each([
    ['old first', [old, recent]],
    ['recent first', [recent, old]],
  ])('an old and a recent adapter of one host keep their values: %s', (_, ports) => {
    const frame = frameOf(...ports);
    expect(counterOf(frame, 'mlx4_0', 'xmitWaitTicks')).toBe(7n);
    expect(counterOf(frame, 'mlx5_0', 'xmitWaitTicks')).toBe(9n);
    expect(frame.counters[0]).toMatchObject({ widthBits: 64 });
    expect(frame.counters[0]?.saturates ?? false).toBe(false);
  });

  it('adapters of classic width alone have counters that stop', () => {
    expect(frameOf(old).counters[0]).toMatchObject({ widthBits: 32, saturates: true });
  });
});
