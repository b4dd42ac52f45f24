import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { cumulusBuffers, cumulusPfc, cumulusPhy, cumulusPriorities } from '../../../collectors/gnmi/paths/cumulus.ts';
import { openconfigQueues } from '../../../collectors/gnmi/paths/openconfig-queues.ts';
import { device, NOW } from './device.ts';
import { INTERFACE, type Keyed, path, response, type TestValue, update } from './messages.ts';

const leaf = (at: Keyed[], of: TestValue) => update(path(at), of);
const uint = (value: number): TestValue => ({ uint: BigInt(value) });
const QOS: Keyed[] = ['qos', 'interfaces', ['interface', { 'interface-id': 'swp1' }]];
const priority = (name: string): Keyed[] => [...QOS, ['switch-priority', { priority: '3' }], 'state', name];
const told = (...parts: Buffer[]) => response({ atMs: NOW, parts });

describe('Cumulus Linux from 5.15', () => {
  it('pause by priority: frames, and µs of both directions', () => {
    const pfc = device(cumulusPriorities);
    pfc.take(
      told(
        leaf([...priority('counters'), 'in-pause-pkts'], uint(70)),
        leaf([...priority('counters'), 'out-pause-pkts'], uint(9)),
        leaf(priority('in-pause-duration'), uint(123_456)),
        leaf(priority('out-pause-duration'), uint(789)),
      ),
    );
    expect(pfc.counter('rxPauseFrames', 'swp1', 3)).toBe(70n);
    expect(pfc.counter('txPauseFrames', 'swp1', 3)).toBe(9n);
    expect(pfc.counter('rxPauseUs', 'swp1', 3)).toBe(123_456n);
    expect(pfc.counter('txPauseUs', 'swp1', 3)).toBe(789n);
  });

  it('a release that gives old and new names counts once', () => {
    const table = new DeviceTable(() => true);
    device(cumulusPfc, table).take(
      told(
        leaf([...QOS, 'state', ['switch-priority', { priority: '3' }], 'counters', 'in-pause-pkts'], uint(70)),
        leaf([...INTERFACE('swp1'), 'ethernet', 'phy', 'state', 'corrected-bits'], uint(12)),
      ),
    );
    const pfc = device(cumulusPriorities, table);
    pfc.take(told(leaf([...priority('counters'), 'in-pause-pkts'], uint(70))));
    device(cumulusPhy, table).take(
      told(
        leaf([...INTERFACE('swp1'), 'phy', 'fec', 'state', 'corrected-bits'], uint(12)),
        leaf([...INTERFACE('swp1'), 'phy', 'fec', 'state', 'rs-fec-uncorrectable-blocks'], uint(3)),
        leaf([...INTERFACE('swp1'), 'phy', 'state', 'symbol-errors'], uint(4)),
      ),
    );
    expect(pfc.counter('rxPauseFrames', 'swp1', 3)).toBe(70n);
    expect(pfc.counter('correctedBits', 'swp1')).toBe(12n);
    expect(pfc.counter('uncorrectableCodewords', 'swp1')).toBe(3n);
    expect(pfc.counter('symbolErrors', 'swp1')).toBe(4n);
  });

  it('drops: of queues by reason, and those that came in by priority beside them', () => {
    const table = new DeviceTable(() => true);
    const queues = device(openconfigQueues, table);
    const queue = (name: string): Keyed[] => [...QOS, 'output', 'queues', ['queue', { name: '3' }], 'state', name];
    queues.take(
      told(
        leaf(queue('wred-dropped-pkts'), uint(5)),
        leaf(queue('no-buffer-uc-dropped-pkts'), uint(6)),
        leaf(queue('instant-queue-len'), uint(4096)),
      ),
    );
    const pfc = device(cumulusPriorities, table);
    const discards = (value: number) => told(leaf([...priority('counters'), 'in-discards'], uint(value)));
    pfc.take(discards(1000), discards(1002));
    expect(queues.counter('drops', 'swp1', 3)).toBe(13n);
    expect(queues.gauge('queueBytes', 'swp1', 3)).toBe(4096);
  });

  it('drops of a queue where the total is told: it holds those by reason', () => {
    const queues = device(openconfigQueues);
    const queue = (name: string): Keyed[] => [...QOS, 'output', 'queues', ['queue', { name: '3' }], 'state', name];
    queues.take(told(leaf(queue('dropped-pkts'), uint(9)), leaf(queue('wred-dropped-pkts'), uint(5))));
    expect(queues.counter('drops', 'swp1', 3)).toBe(9n);
  });

  it.each([
    ['PROTO', (at: Keyed[], value: number) => leaf(at, uint(value))],
    ['JSON_IETF', (at: Keyed[], value: number) => leaf(at, { jsonIetf: `"${value}"` })],
  ])('buffers: peaks since its last sample, of the primary headroom (%s)', (_, of) => {
    const table = new DeviceTable(() => true);
    const pfc = device(cumulusPriorities, table);
    pfc.take(told(leaf(priority('in-pause-duration'), uint(1))));
    const group: Keyed = ['priority-group', { 'pg-id': '3' }];
    const headroom = (type: string): Keyed[] => [
      ...[...QOS, 'input', ['headroom-buffer', { 'buffer-type': type }] as Keyed, group, 'state'],
      'max-occupancy-since-last-sample',
    ];
    device(cumulusBuffers, table).take(
      told(
        of([...QOS, 'input', group, 'state', 'shared-buffer', 'data', 'max-occupancy-since-last-sample'], 20_000),
        of([...QOS, 'input', group, 'state', 'shared-buffer', 'data', 'max-occupancy'], 9_999_999),
        of(headroom('PRIMARY'), 300),
        of(headroom('SECONDARY'), 7),
      ),
    );
    expect(pfc.gauge('ingressWatermarkBytes', 'swp1', 3)).toBe(20_000);
    expect(pfc.gauge('headroomWatermarkBytes', 'swp1', 3)).toBe(300);
  });
});
