import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { aristaFec } from '../../../collectors/gnmi/paths/arista-fec.ts';
import { aristaLanz } from '../../../collectors/gnmi/paths/arista-lanz.ts';
import { aristaPfc } from '../../../collectors/gnmi/paths/arista-pfc.ts';
import { junosOptics, junosPfc, junosQueues } from '../../../collectors/gnmi/paths/junos.ts';
import { nvosPorts } from '../../../collectors/gnmi/paths/nvos.ts';
import { nxosQueues } from '../../../collectors/gnmi/paths/nxos-queues.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigQueues } from '../../../collectors/gnmi/paths/openconfig-queues.ts';
import { sonicBuffers, sonicPorts, sonicQueues, sonicRates, sonicVoqs } from '../../../collectors/gnmi/paths/sonic.ts';
import { srlinuxPfc, srlinuxQueues } from '../../../collectors/gnmi/paths/srlinux.ts';
import { device, NOW } from './device.ts';
import { counterPath, INTERFACE, type Keyed, path, response, type TestValue, update } from './messages.ts';

const leaf = (at: Keyed[], of: TestValue) => update(path(at), of);
const uint = (value: number | bigint): TestValue => ({ uint: BigInt(value) });
const octets = (port: string) => update(counterPath(port, 'in-octets'), uint(5));

describe('Arista LANZ', () => {
  const state = ['arista', 'lanz', 'congestion-record', 'state'];
  const record = (port: string | null, trafficClass: number, bytes: number) =>
    response({
      atMs: NOW,
      prefix: path(state),
      parts: [
        leaf(['type'], { text: 'CONGESTION_END' }),
        ...(port === null ? [] : [leaf(['interface-id'], { text: port })]),
        leaf(['traffic-class'], uint(trafficClass)),
        leaf(['queue-length'], uint(bytes)),
        leaf(['duration'], uint(800)),
      ],
    });
  const switchOf = () => {
    const table = new DeviceTable(() => true);
    const ports = device(openconfigInterfaces, table);
    ports.take(response({ atMs: NOW, parts: [octets('Ethernet1'), octets('Ethernet2')] }));
    return { table, ports, lanz: device(aristaLanz, table) };
  };

  it('gives the deepest queue of each port and class since the last frame, and nothing where nothing was told', () => {
    const { ports, lanz } = switchOf();
    lanz.take(record('Ethernet1', 3, 5000), record('Ethernet1', 3, 90_000), record('Ethernet1', 3, 7000));
    lanz.take(record('Ethernet2', 5, 100));
    const gauges = ports.frame()!.gauges.map(({ gauge, priority, values }) => [gauge, priority, ...values]);
    expect(gauges).toEqual([
      ['queueWatermarkBytes', 3, 90_000, Number.NaN],
      ['queueWatermarkBytes', 5, Number.NaN, 100],
    ]);
    expect(ports.frame()!.gauges).toEqual([]);
  });

  it('takes a leaf that did not come again as unchanged, and a record of no known port or class for none', () => {
    const { ports, lanz } = switchOf();
    lanz.take(record(null, 3, 5000));
    expect(ports.frame()!.gauges).toEqual([]);
    lanz.take(record('Ethernet2', 3, 5000));
    ports.frame();
    lanz.take(response({ prefix: path(state), parts: [leaf(['queue-length'], uint(6000))] }));
    expect(ports.gauge('queueWatermarkBytes', 'Ethernet2', 3)).toBe(6000);
    lanz.take(record('Ethernet2', 9, 5000), record('Ethernet2', 3, 0));
    expect(ports.frame()!.gauges).toEqual([]);
  });

  it('and another watermark of its priority are one column: the deeper counts', () => {
    const { table, ports, lanz } = switchOf();
    const queue = (port: string): Keyed[] => [
      ...['qos', 'interfaces', ['interface', { 'interface-id': port }] as Keyed, 'output', 'queues'],
      ['queue', { name: 'UC3' }],
    ];
    device(openconfigQueues, table).take(
      response({
        parts: ['Ethernet1', 'Ethernet2'].map((port) => leaf([...queue(port), 'state', 'max-queue-len'], uint(1000))),
      }),
    );
    lanz.take(record('Ethernet1', 3, 5000), record('Ethernet2', 3, 10));
    const { gauges } = ports.frame()!;
    expect(gauges.map(({ values }) => [...values])).toEqual([[5000, 1000]]);
  });
});

it('Arista: the buffer that PFC guards is the one packets come in by', () => {
  const table = new DeviceTable(() => true);
  const ports = device(openconfigInterfaces, table);
  const buffers: Keyed[] = ['ethernet', 'pfc', 'priorities', ['priority', { index: '3' }], 'state'];
  ports.take(response({ atMs: NOW, parts: [octets('Ethernet1')] }));
  device(aristaPfc, table).take(
    response({
      parts: [leaf([...INTERFACE('Ethernet1'), ...buffers, 'all-buffers-octets-max-last-poll'], uint(1000))],
    }),
  );
  expect(ports.gauge('ingressWatermarkBytes', 'Ethernet1', 3)).toBe(1000);
  expect(ports.gauge('queueWatermarkBytes', 'Ethernet1', 3)).toBeUndefined();
});

describe('bins of corrected codewords', () => {
  it('Arista: of every line chip of a port', () => {
    const fec = device(aristaFec);
    const bin = (phy: string, symbols: string): Keyed[] => [
      ...INTERFACE('Ethernet1'),
      ...['ethernet', 'phys', ['phy', { index: phy }] as Keyed, 'ingress', 'fec', 'error-distribution', 'bins'],
      ['bin', { 'corrected-symbols-max': symbols }],
      'state',
      'codewords',
    ];
    fec.take(
      response({
        parts: [leaf(bin('0', '1'), uint(40)), leaf(bin('1', '1'), uint(2)), leaf(bin('0', '15'), uint(3))],
      }),
    );
    fec.take(response({ parts: [leaf(bin('0', '16'), uint(1)), leaf(bin('0', 'x'), uint(1))] }));
    expect([1, 15].map((symbols) => fec.counter('codewordErrors', 'Ethernet1', symbols))).toEqual([42n, 3n]);
    expect(fec.frame()!.counters).toHaveLength(2);
  });

  it('SONiC, NVOS and Junos Evolved', () => {
    const sonic = device(sonicPorts);
    const fields = {
      SAI_PORT_STAT_IF_IN_FEC_CODEWORD_ERRORS_S0: '9',
      SAI_PORT_STAT_IF_IN_FEC_CODEWORD_ERRORS_S15: '7',
    };
    sonic.take(
      response({
        parts: [leaf(['COUNTERS', 'Ethernet*'], { jsonIetf: JSON.stringify({ Ethernet1: fields }) })],
      }),
    );
    expect([0, 15].map((bin) => sonic.counter('codewordErrors', 'Ethernet1', bin))).toEqual([9n, 7n]);

    const nvos = device(nvosPorts);
    nvos.take(
      response({
        atMs: NOW,
        prefix: path(['interfaces', ['interface', { name: 'sw1p1' }]], { target: 'nvos' }),
        parts: [
          leaf(['infiniband', 'state', 'counters', 'port', 'xmit-wait'], uint(70)),
          leaf(['infiniband', 'state', 'counters', 'port', 'link-downed'], uint(2)),
          leaf(['infiniband', 'state', 'speed'], { text: '400' }),
          leaf(['phy-diag', 'state', 'raw-ber'], { text: '1.5E-09' }),
          leaf(['phy-diag', 'state', 'rs-num-corr-err-bin2'], uint(11)),
        ],
      }),
    );
    expect(nvos.counter('xmitWaitTicks', 'sw1p1')).toBe(70n);
    expect(nvos.counter('linkDowns', 'sw1p1')).toBe(2n);
    expect(nvos.counter('codewordErrors', 'sw1p1', 2)).toBe(11n);
    expect(nvos.gauge('preFecBer', 'sw1p1')).toBe(1.5e-9);
    expect(nvos.frame()!.linkRateBitsPerSec[0]).toBe(400e9);

    const junos = device(junosPfc);
    const symbol: Keyed[] = ['ethernet', 'fec', 'errors', ['symbol', { bin: '4' }]];
    junos.take(
      response({
        prefix: path(['state', 'interfaces', ['interface', { name: 'et-0/0/1:0' }]]),
        // The key comes as a leaf too, and is no count.
        parts: [leaf([...symbol, 'bin'], uint(4)), leaf([...symbol, 'codewords'], uint(321))],
      }),
    );
    expect(junos.counter('codewordErrors', 'et-0/0/1:0', 4)).toBe(321n);
  });
});

describe('NX-OS placeholders', () => {
  const queues = (...entries: Record<string, string>[]) =>
    response({
      atMs: NOW,
      parts: [
        leaf(['System', 'ipqos-items', 'queuing-items', 'policy-items', 'out-items', 'intf-items', 'If-list'], {
          json: JSON.stringify([{ name: 'eth1/1', 'queCmap-items': { 'QueuingStats-list': entries } }]),
        }),
      ],
    });
  const zeros = { cmapName: 'c-out-8q-q3', pfcRxPpp: '0', txPackets: '0', currQueueDepth: '0' };

  it('a table of nothing but zeros is missing, and believed from the first counter that moves', () => {
    const leafOne = device(nxosQueues);
    leafOne.take(queues(zeros), queues(zeros));
    expect(leafOne.frame()).toBeNull();
    const moving = { ...zeros, txPackets: '12' };
    leafOne.take(queues(moving), queues(moving));
    expect(leafOne.counter('txPackets', 'Ethernet1/1', 3)).toBe(12n);
    expect(leafOne.counter('rxPauseFrames', 'Ethernet1/1', 3)).toBe(0n);
    expect(leafOne.gauge('queueBytes', 'Ethernet1/1', 3)).toBe(0);
  });

  it('all ones is no count, now and later', () => {
    const leafOne = device(nxosQueues);
    const all = { ...zeros, txPackets: '12' };
    leafOne.take(queues(all), queues(all));
    leafOne.take(queues({ ...all, pfcRxPpp: '18446744073709551615' }));
    expect(leafOne.counter('rxPauseFrames', 'Ethernet1/1', 3)).toBeNull();
    expect(leafOne.counter('txPackets', 'Ethernet1/1', 3)).toBe(12n);
  });
});

describe('queues and buffers', () => {
  it('OpenConfig and SR Linux: what was sent and dropped by queue', () => {
    const openconfig = device(openconfigQueues);
    const queue: Keyed[] = [
      ...['qos', 'interfaces', ['interface', { 'interface-id': 'Ethernet1' }] as Keyed, 'output', 'queues'],
      ['queue', { name: 'UC3' }],
      'state',
    ];
    openconfig.take(
      response({ parts: [leaf([...queue, 'transmit-pkts'], uint(100)), leaf([...queue, 'dropped-pkts'], uint(2))] }),
    );
    expect(openconfig.counter('txPackets', 'Ethernet1', 3)).toBe(100n);
    expect(openconfig.counter('drops', 'Ethernet1', 3)).toBe(2n);

    const table = new DeviceTable(() => true);
    const nokia = device(srlinuxQueues, table);
    const port: Keyed[] = ['qos', 'interfaces', ['interface', { 'interface-id': 'ethernet-1/1' }]];
    const statistics: Keyed[] = [
      ...port,
      ...['output', 'queues', ['queue', { 'queue-name': 'unicast-3' }] as Keyed],
      ...['queue-statistics', 'aggregate-statistics'],
    ];
    nokia.take(
      response({
        parts: [
          leaf([...statistics, 'in-profile', 'transmitted-packets'], uint(7)),
          leaf([...statistics, 'out-profile', 'transmitted-packets'], uint(5)),
          leaf([...statistics, 'dropped-packets'], uint(9)),
          // Part of the line before.
          leaf([...statistics, 'egq-dropped-packets'], uint(4)),
        ],
      }),
    );
    device(srlinuxPfc, table).take(
      response({
        parts: [
          leaf([...port, 'pfc', ['pfc-queue', { 'pfc-queue-name': 'pfc-3' }], 'peak-pfc-buffer-used'], uint(640)),
        ],
      }),
    );
    expect(nokia.counter('txPackets', 'ethernet-1/1', 3)).toBe(12n);
    expect(nokia.counter('drops', 'ethernet-1/1', 3)).toBe(9n);
    expect(nokia.gauge('ingressWatermarkBytes', 'ethernet-1/1', 3)).toBe(640);
  });

  it('Junos: what the sensors answer stands elsewhere than what was asked for', () => {
    const table = new DeviceTable(() => true);
    const queues = device(junosQueues, table);
    queues.take(
      response({
        atMs: NOW,
        prefix: path(['cos', 'interfaces', ['interface', { name: 'et-0/0/1' }], 'queues', ['queue', { queue: '3' }]]),
        parts: [
          leaf(['txPkts'], uint(10)),
          leaf(['tailDropPkts'], uint(1)),
          leaf(['redDropPkts'], uint(2)),
          leaf(['ecnMarkedPkts'], uint(4)),
          leaf(['peakBufferOccupancy'], uint(5000)),
        ],
      }),
    );
    device(junosOptics, table).take(
      response({
        prefix: path(['interfaces', ['interface', { name: 'et-0/0/1' }]]),
        parts: [
          leaf(['optics', 'module_temp'], { double: 41.5 }),
          leaf(['optics', 'lanediags', ['lane', { lane_number: '0' }], 'lane_laser_receiver_power_dbm'], {
            double: -2.5,
          }),
          leaf(['optics', 'lanediags', ['lane', { lane_number: '1' }], 'lane_laser_receiver_power_dbm'], {
            double: -3,
          }),
        ],
      }),
    );
    // Optics are told once: the frame that has them comes first.
    const { gauges } = queues.frame()!;
    expect(queues.counter('drops', 'et-0/0/1', 3)).toBe(3n);
    expect(Object.fromEntries(gauges.map(({ gauge, values }) => [gauge, values[0]]))).toEqual({
      queueWatermarkBytes: 5000,
      rxPowerDbm: -3,
      temperatureC: 41.5,
    });
  });

  it('SONiC: priority groups, virtual output queues, its own error ratio and its estimate of a pause', () => {
    const table = new DeviceTable(() => true);
    const answer = (elems: string[], document: unknown) =>
      response({ atMs: NOW, parts: [leaf(elems, { jsonIetf: JSON.stringify(document) })] });
    const ports = device(sonicPorts, table);
    ports.take(
      answer(['COUNTERS', 'Ethernet*'], {
        Ethernet0: { SAI_PORT_STAT_IF_IN_OCTETS: '1', EST_PORT_STAT_PFC_3_RX_PAUSE_DURATION_US: '800000' },
      }),
    );
    device(sonicBuffers, table).take(
      answer(['PERIODIC_WATERMARKS', 'Ethernet*', 'PriorityGroups'], {
        'Ethernet0:3': {
          SAI_INGRESS_PRIORITY_GROUP_STAT_SHARED_WATERMARK_BYTES: '300',
          SAI_INGRESS_PRIORITY_GROUP_STAT_XOFF_ROOM_WATERMARK_BYTES: '40',
        },
      }),
    );
    device(sonicRates, table).take(answer(['RATES', 'Ethernet*'], { Ethernet0: { FEC_PRE_BER: '2.5e-08' } }));
    device(sonicVoqs, table).take(
      answer(['COUNTERS', '*', 'VoQs'], { 'lc7|Asic0|Ethernet84:3': { SAI_QUEUE_STAT_DROPPED_PACKETS: '6' } }),
    );
    device(sonicQueues, table).take(
      answer(['COUNTERS', 'Ethernet*', 'Queues'], { 'Ethernet0:3': { SAI_QUEUE_STAT_PACKETS: '9' } }),
    );
    expect(ports.counter('rxPauseUsAtMost', 'Ethernet0', 3)).toBe(800_000n);
    expect(ports.gauge('ingressWatermarkBytes', 'Ethernet0', 3)).toBe(300);
    expect(ports.gauge('headroomWatermarkBytes', 'Ethernet0', 3)).toBe(40);
    expect(ports.gauge('preFecBer', 'Ethernet0')).toBe(2.5e-8);
    expect(ports.counter('drops', 'lc7|Asic0|Ethernet84', 3)).toBe(6n);
    expect(ports.counter('txPackets', 'Ethernet0', 3)).toBe(9n);
  });
});
