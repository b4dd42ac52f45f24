import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { nxosPorts } from '../../../collectors/gnmi/paths/nxos-ports.ts';
import { openconfigInputQueues, openconfigVoqs } from '../../../collectors/gnmi/paths/openconfig-ingress.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigOptics } from '../../../collectors/gnmi/paths/openconfig-optics.ts';
import { sonicGroups, sonicPhy, sonicPorts, sonicQueues, sonicVoqs } from '../../../collectors/gnmi/paths/sonic.ts';
import { srlinuxFec, srlinuxPfc, srlinuxPorts } from '../../../collectors/gnmi/paths/srlinux.ts';
import { device, NOW } from './device.ts';
import { counterPath, deletion, INTERFACE, type Keyed, path, response, type TestValue, update } from './messages.ts';

const leaf = (at: Keyed[], of: TestValue) => update(path(at), of);
const uint = (value: number | bigint): TestValue => ({ uint: BigInt(value) });
const answer = (elems: string[], document: unknown) =>
  response({ atMs: NOW, parts: [leaf(elems, { jsonIetf: JSON.stringify(document) })] });

describe('SONiC', () => {
  const withPorts = (...names: string[]) => {
    const table = new DeviceTable(() => true);
    const ports = device(sonicPorts, table);
    const one = { SAI_PORT_STAT_IF_IN_OCTETS: '1', SAI_PORT_STAT_IF_IN_ERRORS: '0' };
    ports.take(answer(['COUNTERS', 'Ethernet*'], Object.fromEntries(names.map((name) => [name, one]))));
    return { table, ports };
  };

  it.each([
    ['in parts of 1/256 dB', '{"0":5385, "1":3712, "2":0}', 14.5],
    ['in dB', '{"0":21.03515625,"1":15.25}', 15.25],
    ['of a text that is none', '5385', undefined],
    ['of a text that is broken', '{"0":', undefined],
    ['of lanes that are no numbers', '{"0":"21"}', undefined],
  ])('signal to noise %s', (_, text, expected) => {
    const { table, ports } = withPorts('Ethernet68');
    device(sonicPhy, table).take(
      answer(['PORT_PHY_ATTR', 'Ethernet*'], {
        Ethernet68: { rx_snr: text, phy_rx_signal_detect: '{"0":["T*",1700000000000,3]}' },
      }),
    );
    expect(ports.gauge('rxSnrDb', 'Ethernet68')).toBe(expected);
  });

  it('groups: which port is a member of which, until it is taken out', () => {
    const { table } = withPorts('Ethernet0', 'Ethernet4');
    const groups = device(sonicGroups, table);
    groups.take(
      answer(['LAG_MEMBER_TABLE'], {
        'PortChannel1:Ethernet0': { status: 'enabled' },
        'PortChannel1:Ethernet4': { status: 'disabled' },
      }),
    );
    expect([0, 1].map((port) => table.states.groupOf(port))).toEqual(['PortChannel1', 'PortChannel1']);
    groups.take(response({ parts: [deletion(path(['LAG_MEMBER_TABLE', 'PortChannel1:Ethernet4', 'status']))] }));
    expect([0, 1].map((port) => table.states.groupOf(port))).toEqual(['PortChannel1', '']);
  });

  it('packets that a virtual output queue deleted for want of credit are drops too', () => {
    const table = new DeviceTable(() => true);
    const voqs = device(sonicVoqs, table);
    const told = (dropped: number, deleted: number) =>
      answer(['COUNTERS', '*', 'VoQs'], {
        'lc7|Asic0|Ethernet84:3': {
          SAI_QUEUE_STAT_DROPPED_PACKETS: String(dropped),
          SAI_QUEUE_STAT_CREDIT_WD_DELETED_PACKETS: String(deleted),
        },
      });
    voqs.take(told(6, 100));
    device(sonicQueues, table).take(
      answer(['COUNTERS', 'Ethernet*', 'Queues'], { 'Ethernet0:3': { SAI_QUEUE_STAT_DROPPED_PACKETS: '9' } }),
    );
    voqs.take(told(7, 104));
    expect(voqs.counter('drops', 'lc7|Asic0|Ethernet84', 3)).toBe(11n);
    // A port of another kind lacks the second leaf and is known all the same.
    expect(voqs.counter('drops', 'Ethernet0', 3)).toBe(9n);
  });
});

describe('SR Linux', () => {
  const port: Keyed = ['interface', { name: 'ethernet-1/1' }];

  it('line code as the switch receives it, not as the module does', () => {
    const fec = device(srlinuxFec);
    const statistics: Keyed[] = [port, 'ethernet', 'forward-error-correction', 'statistics'];
    fec.take(
      response({
        atMs: NOW,
        parts: [
          leaf([...statistics, 'host-if-fec-router', 'frame-error-count'], uint(3)),
          leaf([...statistics, 'host-if-fec-router', 'pre-fec-ber', 'instant'], { text: '0.000000025000000000' }),
          leaf([...statistics, 'host-if-fec-transceiver', 'frame-error-count', 'instant'], uint(900)),
          leaf([...statistics, 'host-if-fec-transceiver', 'pre-fec-ber', 'instant'], { text: '0.5' }),
        ],
      }),
    );
    expect(fec.counter('uncorrectableCodewords', 'ethernet-1/1')).toBe(3n);
    expect(fec.gauge('preFecBer', 'ethernet-1/1')).toBe(2.5e-8);
  });

  it('drops of a full PFC buffer join those of the port, which may have none', () => {
    const table = new DeviceTable(() => true);
    const ports = device(srlinuxPorts, table);
    ports.take(
      response({
        atMs: NOW,
        parts: ['ethernet-1/1', 'ethernet-1/2'].flatMap((name) => [
          leaf([['interface', { name }], 'statistics', 'in-discarded-packets'], uint(1)),
          leaf([['interface', { name }], 'statistics', 'out-discarded-packets'], uint(2)),
        ]),
      }),
    );
    const pfc = device(srlinuxPfc, table);
    const told = (value: number) =>
      response({
        parts: [
          leaf(
            [
              ...['qos', 'interfaces', ['interface', { 'interface-id': 'ethernet-1/1' }] as Keyed, 'pfc', 'statistics'],
              'total-packet-pfc-discards',
            ],
            uint(value),
          ),
        ],
      });
    pfc.take(told(50));
    expect(ports.counter('drops', 'ethernet-1/1')).toBe(3n);
    pfc.take(told(57));
    expect(ports.counter('drops', 'ethernet-1/1')).toBe(10n);
    // The counter was cleared: nothing is known of what came before.
    pfc.take(told(4), told(6));
    expect(ports.counter('drops', 'ethernet-1/1')).toBe(12n);
    expect(ports.counter('drops', 'ethernet-1/2')).toBe(3n);
  });
});

it('NX-OS ports by the native model', () => {
  const ports = device(nxosPorts);
  const items = {
    id: 'eth1/1',
    'dbgIfHCIn-items': { octets: '9007199254740993', ucastPkts: 90, multicastPkts: 7, broadcastPkts: 2 },
    'dbgIfIn-items': { octets: '1', discards: '4', errors: '6' },
    'dbgIfOut-items': { discards: '5' },
    'dbgDot3Stats-items': { inPauseFrames: '8', outPauseFrames: '9', symbolErrors: '1' },
    'phys-items': { operSt: 'up', operSpeed: '400G' },
  };
  ports.take(answer(['System', 'intf-items', 'phys-items', 'PhysIf-list'], [items]));
  const of = (name: Parameters<typeof ports.counter>[0]) => ports.counter(name, 'Ethernet1/1');
  expect(of('rxBytes')).toBe(9007199254740993n);
  expect(of('rxPackets')).toBe(99n);
  expect([of('drops'), of('rxErrors'), of('symbolErrors')]).toEqual([9n, 6n, 1n]);
  expect([of('rxPauseFrames'), of('txPauseFrames')]).toEqual([8n, 9n]);
  const frame = ports.frame()!;
  expect([frame.linkUp[0], frame.linkRateBitsPerSec[0]]).toEqual([1, 400e9]);
});

describe('OpenConfig', () => {
  it('virtual output queues: drops count for the port they were bound for, from all it was congested for', () => {
    const table = new DeviceTable(() => true);
    const ports = device(openconfigInterfaces, table);
    ports.take(response({ atMs: NOW, parts: [update(counterPath('Ethernet9', 'in-octets'), uint(1))] }));
    const voqs = device(openconfigVoqs, table);
    const told = (values: Record<string, number>) =>
      response({
        atMs: NOW,
        parts: Object.entries(values).map(([from, value]) =>
          leaf(
            [
              ...['qos', 'interfaces', ['interface', { 'interface-id': from }] as Keyed, 'input'],
              ...['virtual-output-queues', ['voq-interface', { name: 'Ethernet9' }] as Keyed, 'queues'],
              ['queue', { name: 'q3' }],
              ...['state', 'dropped-pkts'],
            ],
            uint(value),
          ),
        ),
      });
    voqs.take(told({ Ethernet1: 1000, Ethernet2: 5 }));
    voqs.take(told({ Ethernet1: 1010, Ethernet2: 7, Ethernet3: 400 }));
    // What each had before it was first read is none of ours.
    expect(ports.counter('drops', 'Ethernet9', 3)).toBe(12n);
  });

  it('input queues: drops beside those of the output, and the depth of an ingress buffer', () => {
    const input = device(openconfigInputQueues);
    const queue: Keyed[] = [
      ...['qos', 'interfaces', ['interface', { 'interface-id': 'Ethernet1' }] as Keyed, 'input', 'queues'],
      ['queue', { name: '3' }],
      'state',
    ];
    const told = (dropped: number) =>
      response({
        atMs: NOW,
        parts: [leaf([...queue, 'dropped-pkts'], uint(dropped)), leaf([...queue, 'max-queue-len'], uint(4096))],
      });
    input.take(told(3), told(8));
    expect(input.counter('drops', 'Ethernet1', 3)).toBe(5n);
    expect(input.gauge('ingressWatermarkBytes', 'Ethernet1', 3)).toBe(4096);
  });

  it('signal to noise of the worst lane', () => {
    const table = new DeviceTable(() => true);
    const ports = device(openconfigInterfaces, table);
    ports.take(response({ atMs: NOW, parts: [update(counterPath('Ethernet1', 'in-octets'), uint(1))] }));
    const lane = (index: string): Keyed[] => [
      ...['components', ['component', { name: 'Ethernet1' }] as Keyed, 'transceiver', 'physical-channels'],
      ['channel', { index }],
      ...['state', 'media-snr', 'instant'],
    ];
    device(openconfigOptics, table).take(
      response({
        parts: [
          leaf(lane('0'), { decimal: [2150n, 2] }),
          leaf(lane('1'), { double: 18.25 }),
          leaf([...INTERFACE('Ethernet1'), 'state', 'transceiver'], { text: 'Ethernet1' }),
        ],
      }),
    );
    expect(ports.gauge('rxSnrDb')).toBe(18.25);
  });
});
