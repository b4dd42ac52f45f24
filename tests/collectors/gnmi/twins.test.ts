import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigOptics } from '../../../collectors/gnmi/paths/openconfig-optics.ts';
import { openconfigQueues } from '../../../collectors/gnmi/paths/openconfig-queues.ts';
import { device, NOW } from './device.ts';
import { counterPath, deletion, INTERFACE, type Keyed, path, response, type TestValue, update } from './messages.ts';

const leaf = (at: Keyed[], of: TestValue) => update(path(at), of);
const uint = (value: number): TestValue => ({ uint: BigInt(value) });

/** Counters of two ports, by leaf. */
function ports(first: Record<string, number>, second: Record<string, number> = {}) {
  const leafOne = device(openconfigInterfaces);
  const of = (port: string, leaves: Record<string, number>) =>
    Object.entries(leaves).map(([name, value]) => update(counterPath(port, name), uint(value)));
  leafOne.take(response({ atMs: NOW, parts: [...of('Ethernet1', first), ...of('Ethernet2', second)] }));
  return leafOne;
}

describe('leaves that say the same', () => {
  it('packets: the total where there is one, else what its kinds add up to', () => {
    const leafOne = ports(
      { 'in-pkts': 100, 'in-unicast-pkts': 90, 'in-multicast-pkts': 7, 'in-broadcast-pkts': 2 },
      { 'in-unicast-pkts': 90, 'in-multicast-pkts': 7, 'in-broadcast-pkts': 2, 'out-unicast-pkts': 5 },
    );
    expect(leafOne.counter('rxPackets', 'Ethernet1')).toBe(100n);
    expect(leafOne.counter('rxPackets', 'Ethernet2')).toBe(99n);
  });

  it('whatever comes first, and a port that never gives the better one is not held by another', () => {
    const leafOne = ports({ 'in-unicast-pkts': 90, 'in-pkts': 100, 'in-multicast-pkts': 7 }, { 'in-unicast-pkts': 5 });
    leafOne.take(response({ atMs: NOW, parts: [update(counterPath('Ethernet1', 'in-unicast-pkts'), uint(95))] }));
    expect(leafOne.counter('rxPackets', 'Ethernet1')).toBe(100n);
    // Multicast and broadcast of it are not known, and nobody else gave them: unicast is all there is.
    expect(leafOne.counter('rxPackets', 'Ethernet2')).toBe(5n);
  });

  it('transitions: those of the link, else of the interface, else the deprecated ones; two are one flap', () => {
    const all = { 'carrier-transitions': 4, 'interface-transitions': 6, 'link-transitions': 8 };
    expect(ports(all).counter('linkDowns')).toBe(4n);
    expect(ports({ 'carrier-transitions': 4, 'interface-transitions': 6 }).counter('linkDowns')).toBe(3n);
    expect(ports({ 'carrier-transitions': 4 }, all).counter('linkDowns')).toBe(2n);
  });

  it('broken packets: bad checksums are among the errors', () => {
    expect(ports({ 'in-errors': 9, 'in-fcs-errors': 4 }).counter('rxErrors')).toBe(9n);
    expect(ports({ 'in-fcs-errors': 4 }, { 'in-errors': 9 }).counter('rxErrors')).toBe(4n);
  });
});

describe('queues of one priority', () => {
  const queue = (name: string): Keyed[] => [
    ...['qos', 'interfaces', ['interface', { 'interface-id': 'Ethernet1' }] as Keyed, 'output', 'queues'],
    ['queue', { name }],
  ];

  it('add up, unicast and multicast', () => {
    const leafOne = device(openconfigQueues);
    leafOne.take(
      response({
        atMs: NOW,
        parts: [
          ...['UC3', 'MC3'].flatMap((name) => [
            leaf([...queue(name), 'state', 'transmit-pkts'], uint(100)),
            leaf([...queue(name), 'state', 'transmit-octets'], uint(6400)),
            leaf([...queue(name), 'state', 'dropped-pkts'], uint(3)),
          ]),
          leaf([...queue('control'), 'state', 'dropped-pkts'], uint(50)),
        ],
      }),
    );
    expect(leafOne.counter('txPackets', 'Ethernet1', 3)).toBe(200n);
    expect(leafOne.counter('txBytes', 'Ethernet1', 3)).toBe(12_800n);
    expect(leafOne.counter('drops', 'Ethernet1', 3)).toBe(6n);
    // What the whole port dropped is told by other leaves.
    expect(leafOne.counter('drops', 'Ethernet1')).toBeNull();
  });

  it('are the same queue on every port, also where they are named after it', () => {
    const leafOne = device(openconfigQueues);
    const parts = Array.from({ length: 70 }, (_, port) =>
      leaf(
        [
          ...['qos', 'interfaces', ['interface', { 'interface-id': `Ethernet${port}` }] as Keyed, 'output', 'queues'],
          ['queue', { name: `Ethernet${port}-3` }],
          ...['state', 'dropped-pkts'],
        ],
        uint(port),
      ),
    );
    leafOne.take(response({ atMs: NOW, parts }));
    expect(leafOne.counter('drops', 'Ethernet0', 3)).toBe(0n);
    expect(leafOne.counter('drops', 'Ethernet69', 3)).toBe(69n);
  });

  it('are gone when all queues of a port are deleted', () => {
    const leafOne = device(openconfigQueues);
    const one = { atMs: NOW, parts: [leaf([...queue('UC3'), 'state', 'dropped-pkts'], uint(3))] };
    const marks = leaf([...queue('control'), 'state', 'ecn-marked-pkts'], uint(3));
    leafOne.take(response({ ...one, parts: [...one.parts, marks] }));
    leafOne.take(response({ parts: [deletion(path(queue('UC3').slice(0, 5)))] }));
    expect(leafOne.counter('drops', 'Ethernet1', 3)).toBeNull();
    expect(leafOne.counter('ecnMarkedPackets', 'Ethernet1')).toBeNull();
  });
});

describe('a transceiver that two ports share', () => {
  const channel = (index: string): Keyed[] => [
    ...['components', ['component', { name: 'xcvr1' }] as Keyed, 'transceiver', 'physical-channels'],
    ['channel', { index }],
    ...['state', 'input-power', 'instant'],
  ];
  const lanes = (port: string): Keyed[] => [...INTERFACE(port), 'state', 'physical-channel'];
  const list = (...values: number[]): TestValue => ({ list: values.map((value) => uint(value)) });

  it.each([
    ['PROTO', list(0, 1), list(2, 3)],
    ['JSON_IETF', { jsonIetf: '[0,1]' }, { jsonIetf: '["2","3"]' }],
  ])('each has the lanes it names (%s)', (_, first, second) => {
    const table = new DeviceTable(() => true);
    const counters = device(openconfigInterfaces, table);
    counters.take(
      response({
        atMs: NOW,
        parts: ['Ethernet1/1', 'Ethernet1/2', 'Ethernet1/3'].map((port) =>
          update(counterPath(port, 'in-octets'), uint(1)),
        ),
      }),
    );
    device(openconfigOptics, table).take(
      response({
        parts: [
          ...[-1, -2, -3, -19].map((power, index) => leaf(channel(String(index)), { double: power })),
          ...['Ethernet1/1', 'Ethernet1/2', 'Ethernet1/3'].map((port) =>
            leaf([...INTERFACE(port), 'state', 'transceiver'], { text: 'xcvr1' }),
          ),
          leaf(lanes('Ethernet1/1'), first),
          leaf(lanes('Ethernet1/2'), second),
        ],
      }),
    );
    // The third does not say which are its own.
    expect([...counters.frame()!.gauges[0]!.values]).toEqual([-2, -19, -19]);
  });

  it('bears lists in lists, and endless ones', () => {
    let nested: TestValue = uint(1);
    for (let depth = 0; depth < 200; depth++) nested = { list: [nested] };
    const optics = device(openconfigOptics);
    const many = list(...Array.from({ length: 5000 }, (_, index) => index));
    optics.take(response({ parts: [leaf(lanes('Ethernet1'), nested), leaf(lanes('Ethernet2'), many)] }));
    expect(optics.table.states.lanesOf(0)).toBe('');
    expect(optics.table.states.lanesOf(1).split(',')).toHaveLength(64);
  });
});
