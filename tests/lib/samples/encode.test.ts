import { describe, expect, it } from 'vitest';
import { FrameEncoder } from '../../../lib/samples/encode.ts';
import type { SampleField } from '../../../lib/samples/fields.ts';
import type { SampleFrame } from '../../../lib/samples/frame.ts';
import { escapeTag } from '../../../lib/samples/line-prefixes.ts';

function frameOf(
  ports: string[],
  columns: [SampleField, number, number[]][],
  over: Partial<SampleFrame> = {},
): SampleFrame {
  return {
    device: 'leaf1',
    ports,
    startMs: Float64Array.from(ports, () => 1000),
    endMs: Float64Array.from(ports, () => 2000),
    quality: new Uint8Array(ports.length),
    columns: columns.map(([field, priority, values]) => ({ field, priority, values: Float64Array.from(values) })),
    ...over,
  };
}
const text = (frame: SampleFrame, encoder = new FrameEncoder()) => encoder.encode([frame]).bytes.toString();

describe('frame encoder', () => {
  it('writes one line a port with the fields in snake case and the end as time', () => {
    const frame = frameOf(
      ['Ethernet1', 'Ethernet2'],
      [
        ['txBytesPerSec', -1, [125_000_000, 0]],
        ['rxPauseFraction', -1, [0.25, 1e-9]],
      ],
    );
    expect(text(frame)).toBe(
      'port,device=leaf1,port=Ethernet1 tx_bytes_per_sec=125000000,rx_pause_fraction=0.25,interval_ms=1000 2000\n' +
        'port,device=leaf1,port=Ethernet2 tx_bytes_per_sec=0,rx_pause_fraction=1e-9,interval_ms=1000 2000\n',
    );
  });

  it('gives each priority its own line and tags what is not exact', () => {
    const frame = frameOf(
      ['p'],
      [
        ['rxPauseFraction', 3, [0.5]],
        ['txBytesPerSec', -1, [7]],
      ],
    );
    frame.quality[0] = 1;
    expect(text(frame).split('\n').sort()).toEqual([
      '',
      'port,device=leaf1,port=p,priority=3,quality=bounded rx_pause_fraction=0.5,interval_ms=1000 2000',
      'port,device=leaf1,port=p,quality=bounded tx_bytes_per_sec=7,interval_ms=1000 2000',
    ]);
  });

  it('leaves out what the device did not give, and a row with nothing', () => {
    const frame = frameOf(
      ['a', 'b', 'c'],
      [
        ['txBytesPerSec', -1, [Number.NaN, 5, 6]],
        ['rxBytesPerSec', -1, [Number.NaN, Number.NaN, Number.POSITIVE_INFINITY]],
      ],
    );
    expect(text(frame)).toBe(
      'port,device=leaf1,port=b tx_bytes_per_sec=5,interval_ms=1000 2000\nport,device=leaf1,port=c tx_bytes_per_sec=6,interval_ms=1000 2000\n',
    );
    expect(new FrameEncoder().encode([frame]).lines).toBe(2);
  });

  it('writes no line for a port without an interval', () => {
    const frame = frameOf(['a'], [['txBytesPerSec', -1, [5]]], {
      startMs: Float64Array.of(Number.NaN),
      endMs: Float64Array.of(Number.NaN),
    });
    expect(text(frame)).toBe('');
  });

  it('escapes names from devices', () => {
    const frame = frameOf(['Eth 1/1,a=b'], [['linkUp', -1, [1]]], { device: 'row one' });
    expect(text(frame)).toBe('port,device=row\\ one,port=Eth\\ 1/1\\,a\\=b link_up=1,interval_ms=1000 2000\n');
    expect(escapeTag('a\nb\\')).toBe('a\\ b_');
    expect(escapeTag('')).toBe('_');
  });

  it('uses new names when the port list changes', () => {
    const encoder = new FrameEncoder();
    text(frameOf(['old'], [['linkUp', -1, [1]]]), encoder);
    expect(text(frameOf(['new'], [['linkUp', -1, [1]]]), encoder)).toContain('port=new ');
  });

  it('grows for a large device', () => {
    const ports = Array.from({ length: 3000 }, (_, index) => `Ethernet${index}`);
    const { bytes, lines } = new FrameEncoder().encode([
      frameOf(ports, [['txBytesPerSec', -1, ports.map((_, index) => index / 7)]]),
    ]);
    expect(lines).toBe(3000);
    expect(bytes.toString().trimEnd().split('\n').length).toBe(3000);
  });
});
