import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { aristaFec } from '../../../collectors/gnmi/paths/arista-fec.ts';
import { cumulusPfc } from '../../../collectors/gnmi/paths/cumulus.ts';
import { PATH_SETS, pathSetsFor } from '../../../collectors/gnmi/paths/index.ts';
import { junosPfc } from '../../../collectors/gnmi/paths/junos.ts';
import { nxosQueues } from '../../../collectors/gnmi/paths/nxos-queues.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigLinks } from '../../../collectors/gnmi/paths/openconfig-links.ts';
import { openconfigOptics } from '../../../collectors/gnmi/paths/openconfig-optics.ts';
import { sonicLinks, sonicOptics, sonicPorts } from '../../../collectors/gnmi/paths/sonic.ts';
import { srlinuxLinks, srlinuxPfc, srlinuxPorts, srlinuxQueues } from '../../../collectors/gnmi/paths/srlinux.ts';
import { device, NOW } from './device.ts';
import { counterPath, deletion, INTERFACE, type Keyed, path, response, type TestValue, update } from './messages.ts';

const leaf = (at: Keyed[], of: TestValue) => update(path(at), of);
const uint = (value: number | bigint): TestValue => ({ uint: BigInt(value) });
const models = (...names: string[]) => names.map((name) => ({ name, organization: '', version: '' }));

describe('which sets a device is asked for', () => {
  it.each([
    [
      'a plain OpenConfig switch',
      ['openconfig-interfaces', 'openconfig-qos'],
      ['openconfig-interfaces', 'openconfig-queues'],
    ],
    [
      'Arista EOS',
      ['openconfig-interfaces', 'arista-intf-augments', 'openconfig-lldp', 'arista-lanz-lanz-open-config'],
      ['openconfig-interfaces', 'openconfig-links', 'arista-pfc', 'arista-fec', 'arista-lanz'],
    ],
    ['Cisco NX-OS without OpenConfig', ['Cisco-NX-OS-device'], ['nxos-ports', 'nxos-queues']],
    ['Cisco NX-OS', ['openconfig-interfaces', 'Cisco-NX-OS-device'], ['openconfig-interfaces', 'nxos-queues']],
    [
      'Nokia SR Linux, by its own model alone',
      ['urn:nokia.com:srlinux:interfaces:srl_nokia-interfaces', 'openconfig-interfaces'],
      ['srlinux-ports', 'srlinux-pfc', 'srlinux-queues', 'srlinux-links', 'srlinux-fec'],
    ],
    [
      'SONiC, by its databases alone',
      ['openconfig-interfaces', 'sonic-db'],
      [
        ...['sonic-ports', 'sonic-queues', 'sonic-buffers', 'sonic-state', 'sonic-links', 'sonic-groups'],
        ...['sonic-optics', 'sonic-phy'],
      ],
    ],
    [
      'NVOS, by one set of its own',
      ['openconfig-interfaces', 'nvidia-interfaces-infiniband', 'nvidia-if-ethernet-ext'],
      ['nvos-ports'],
    ],
    [
      'Cumulus Linux, by the names of every release',
      ['openconfig-interfaces', 'nvidia-if-ethernet-ext'],
      ['openconfig-interfaces', 'cumulus-pfc', 'cumulus-priorities', 'cumulus-phy', 'cumulus-buffers'],
    ],
    ['a device that names nothing we know', ['acme-ports'], ['openconfig-interfaces']],
  ])('%s', (_, named, expected) => {
    expect(pathSetsFor(models(...named), []).map(({ name }) => name)).toEqual(expected);
  });

  it('those the configuration names, whatever the device says', () => {
    expect(pathSetsFor(models('openconfig-interfaces'), ['junos-pfc'])).toEqual([junosPfc]);
  });

  it('every path can be encoded, and every set reads some of what it asks for', () => {
    for (const set of PATH_SETS) {
      expect(set.paths.length, set.name).toBeGreaterThan(0);
      for (const { path: asked } of set.paths) expect(asked, set.name).toMatch(/^\/[\w*]/);
    }
  });
});

describe('OpenConfig', () => {
  it('a change of last-clear, or of boot-time, is handed on as a restart of counters', () => {
    const table = new DeviceTable(() => true);
    const ports = device(openconfigInterfaces, table);
    const links = device(openconfigLinks, table);
    const bootNs = BigInt(NOW - 86_400_000) * 1_000_000n;
    ports.take(
      response({
        atMs: NOW,
        parts: [
          update(counterPath('Ethernet1', 'in-octets'), uint(5)),
          update(counterPath('Ethernet1', 'last-clear'), uint(BigInt(NOW - 5000) * 1_000_000n)),
        ],
      }),
    );
    links.take(response({ parts: [leaf(['system', 'state', 'boot-time'], uint(bootNs))] }));
    const frame = ports.frame()!;
    expect(frame.discontinuityMs![0]).toBeCloseTo(NOW - 5000, -1);
    expect(frame.uptimeMs).toBeCloseTo(86_400_000, -1);
  });

  const heard = (port: string, id: string, name: string): Keyed[] => [
    ...['lldp', 'interfaces'],
    ['interface', { name: port }],
    'neighbors',
    ['neighbor', { id }],
    ...['state', name],
  ];

  it('neighbours: the last one heard on a port, until it is deleted', () => {
    const leafOne = device(openconfigLinks);
    leafOne.take(
      response({
        parts: [
          leaf(heard('Ethernet1', 'a', 'system-name'), { text: 'old\u0007host' }),
          leaf(heard('Ethernet1', 'b', 'system-name'), { text: 'gpu1' }),
          leaf(heard('Ethernet2', 'c', 'system-name'), { text: 'gpu2' }),
        ],
      }),
    );
    const names = () => leafOne.table.neighbours.latest.map(([port, { sysName }]) => [port, sysName]);
    expect(names()).toEqual([
      [0, 'gpu1'],
      [1, 'gpu2'],
    ]);
    leafOne.take(response({ parts: [deletion(path(heard('Ethernet1', 'b', 'state').slice(0, 5)))] }));
    expect(names()).toEqual([
      [0, 'old host'],
      [1, 'gpu2'],
    ]);
    leafOne.take(response({ parts: [deletion(path(['lldp', 'interfaces', ['interface', { name: 'Ethernet2' }]]))] }));
    expect(names()).toEqual([[0, 'old host']]);
  });

  it('optics: the darkest lane of the component that the port names', () => {
    const table = new DeviceTable(() => true);
    const optics = device(openconfigOptics, table);
    const ports = device(openconfigInterfaces, table);
    const component = (name: string): Keyed[] => ['components', ['component', { name }]];
    const lane = (name: string, index: string): Keyed[] => [
      ...component(name),
      ...['transceiver', 'physical-channels'],
      ['channel', { index }],
      ...['state', 'input-power', 'instant'],
    ];
    ports.take(response({ atMs: NOW, parts: [update(counterPath('Ethernet1', 'in-octets'), uint(1))] }));
    optics.take(
      response({
        parts: [
          leaf(lane('xcvr7', '0'), { decimal: [-150n, 2] }),
          leaf(lane('xcvr7', '1'), { decimal: [-725n, 2] }),
          leaf(lane('xcvr8', '0'), { double: -20 }),
          leaf([...component('xcvr7'), 'state', 'temperature', 'instant'], { double: 61.5 }),
          leaf([...INTERFACE('Ethernet1'), 'state', 'transceiver'], { text: 'xcvr7' }),
        ],
      }),
    );
    const frame = ports.frame()!;
    const gauges = Object.fromEntries(frame.gauges.map(({ gauge, values }) => [gauge, [...values]]));
    expect(gauges).toEqual({ rxPowerDbm: [-7.25], temperatureC: [61.5] });
    // Told once: what has not been measured anew is no measurement.
    expect(ports.frame()!.gauges).toEqual([]);
    // Unless a port only now says which transceiver is its own.
    optics.take(response({ parts: [leaf([...INTERFACE('Ethernet1'), 'state', 'transceiver'], { text: 'xcvr8' })] }));
    expect(ports.frame()!.gauges).toEqual([{ gauge: 'rxPowerDbm', priority: -1, values: new Float64Array([-20]) }]);
  });
});

describe('vendors', () => {
  it('SR Linux: ports, PFC, queues and neighbours', () => {
    const table = new DeviceTable(() => true);
    const ports = device(srlinuxPorts, table);
    const port: Keyed = ['interface', { name: 'ethernet-1/1' }];
    ports.take(
      response({
        atMs: NOW,
        parts: [
          leaf([port, 'statistics', 'in-octets'], { jsonIetf: '"9007199254740993"' }),
          leaf([port, 'ethernet', 'port-speed'], { text: '400G' }),
          leaf([port, 'oper-state'], { text: 'up' }),
          leaf([port, 'statistics', 'carrier-transitions'], uint(3)),
        ],
      }),
    );
    const qos: Keyed[] = ['qos', 'interfaces', ['interface', { 'interface-id': 'ethernet-1/1' }]];
    const pfc = device(srlinuxPfc, table);
    pfc.take(
      response({
        parts: [
          leaf([...qos, 'pfc', 'statistics', ['pfc-priority', { index: '3' }], 'pfc-pause-frames-received'], uint(9)),
        ],
      }),
    );
    const queues = device(srlinuxQueues, table);
    const queue: Keyed[] = [...qos, 'output', 'queues', ['queue', { 'queue-name': 'unicast-3' }]];
    queues.take(
      response({
        parts: [
          leaf([...queue, 'queue-statistics', 'aggregate-statistics', 'ecn-marked-packets'], uint(4)),
          leaf([...queue, 'queue-depth', 'high-watermark-1'], uint(77)),
        ],
      }),
    );
    const links = device(srlinuxLinks, table);
    links.take(
      response({
        parts: [
          leaf(['system', 'lldp', ['interface', { name: 'ethernet-1/1' }], ['neighbor', { id: '1' }], 'system-name'], {
            text: 'gpu1',
          }),
          leaf([port, 'transceiver', ['channel', { index: '1' }], 'input-power', 'latest-value'], { text: '-1.25' }),
        ],
      }),
    );
    expect(ports.counter('rxBytes', 'ethernet-1/1')).toBe(9007199254740993n);
    expect(ports.counter('linkDowns', 'ethernet-1/1')).toBe(3n);
    expect(ports.counter('rxPauseFrames', 'ethernet-1/1', 3)).toBe(9n);
    expect(ports.counter('ecnMarkedPackets', 'ethernet-1/1', 3)).toBe(4n);
    expect(table.neighbours.latest[0]![1].sysName).toBe('gpu1');
    const frame = ports.frame()!;
    expect([frame.linkUp[0], frame.linkRateBitsPerSec[0]]).toEqual([1, 400e9]);
  });

  it('Arista: codewords of all line chips of a port, and an error ratio in eight bytes', () => {
    const leafOne = device(aristaFec);
    const fec = (index: string, name: string): Keyed[] => [
      ...INTERFACE('Ethernet1/1'),
      ...['ethernet', 'phys', ['phy', { index }] as Keyed, 'ingress', 'fec', 'state', name],
    ];
    const ratio = Buffer.alloc(8);
    ratio.writeDoubleBE(2.5e-8);
    leafOne.take(
      response({
        parts: [
          leaf(fec('0', 'uncorrected-codewords'), uint(2)),
          leaf(fec('1', 'uncorrected-codewords'), uint(5)),
          leaf(fec('0', 'pre-fec-ber'), { bytes: ratio }),
        ],
      }),
    );
    expect(leafOne.counter('uncorrectableCodewords', 'Ethernet1/1')).toBe(7n);
    expect(leafOne.gauge('preFecBer', 'Ethernet1/1')).toBe(2.5e-8);
  });

  it('NX-OS: queues from nested lists in JSON, under the name its neighbours know', () => {
    const leafOne = device(nxosQueues);
    const document = {
      name: 'eth1/1',
      'queCmap-items': {
        'QueuingStats-list': [
          { cmapName: 'c-out-8q-q3', pfcRxPpp: '18446744073709551614', pfcwdShutdownCount: 2, currQueueDepth: '4096' },
          { cmapName: 'c-out-8q-q-default', pfcRxPpp: '5' },
        ],
      },
    };
    leafOne.take(
      response({
        parts: [
          leaf(['System', 'ipqos-items', 'queuing-items', 'policy-items', 'out-items', 'intf-items', 'If-list'], {
            json: JSON.stringify([document]),
          }),
        ],
      }),
    );
    expect(leafOne.counter('rxPauseFrames', 'Ethernet1/1', 3)).toBe((1n << 64n) - 2n);
    expect(leafOne.counter('watchdogStorms', 'Ethernet1/1', 3)).toBe(2n);
    expect(leafOne.gauge('queueBytes', 'Ethernet1/1', 3)).toBe(4096);
    expect(leafOne.frame()!.counters.filter(({ counter }) => counter === 'rxPauseFrames')).toHaveLength(1);
  });

  it('Cumulus: PFC whatever the list calls its key, line code, and a speed in Mbit/s', () => {
    const table = new DeviceTable(() => true);
    const pfc = device(cumulusPfc, table);
    const ports = device(openconfigInterfaces, table);
    const qos: Keyed[] = ['qos', 'interfaces', ['interface', { 'interface-id': 'swp1' }], 'state'];
    pfc.take(
      response({
        parts: [
          leaf([...qos, ['switch-priority', { 'switch-priority': '3' }], 'counters', 'out-pause-pkts'], uint(6)),
          leaf([...INTERFACE('swp1'), 'ethernet', 'phy', 'state', 'corrected-bits'], uint(12)),
        ],
      }),
    );
    ports.take(
      response({ atMs: NOW, parts: [leaf([...INTERFACE('swp1'), 'ethernet', 'state', 'port-speed'], uint(400_000))] }),
    );
    expect(pfc.counter('txPauseFrames', 'swp1', 3)).toBe(6n);
    expect(pfc.counter('correctedBits', 'swp1')).toBe(12n);
    expect(pfc.frame()!.linkRateBitsPerSec[0]).toBe(400e9);
  });

  it('Junos Evolved: PFC by priority', () => {
    const leafOne = device(junosPfc);
    const prefix = path([
      'state',
      'interfaces',
      ['interface', { name: 'et-0/0/1' }],
      'counters',
      ['pfc', { priority: '3' }],
    ]);
    leafOne.take(response({ prefix, parts: [leaf(['in-pkts'], uint(3)), leaf(['out-pkts'], uint(4))] }));
    expect(leafOne.counter('rxPauseFrames', 'et-0/0/1', 3)).toBe(3n);
    expect(leafOne.counter('txPauseFrames', 'et-0/0/1', 3)).toBe(4n);
  });

  it('SONiC: neighbours and optics from their tables', () => {
    const table = new DeviceTable(() => true);
    const answer = (elems: string[], document: unknown) =>
      response({ parts: [leaf(elems, { jsonIetf: JSON.stringify(document) })] });
    device(sonicLinks, table).take(
      answer(['LLDP_ENTRY_TABLE'], {
        Ethernet0: { lldp_rem_sys_name: 'gpu1', lldp_rem_port_id: 'b8:59:9f:00:00:01', lldp_rem_port_id_subtype: '3' },
      }),
    );
    device(sonicOptics, table).take(
      answer(['TRANSCEIVER_DOM_SENSOR'], {
        Ethernet0: { rx1power: '-1.5', rx2power: '-4.25', rx3power: 'N/A', rx4power: '-inf', temperature: '40.1' },
      }),
    );
    const ports = device(sonicPorts, table);
    ports.take(answer(['COUNTERS', 'Ethernet*'], { Ethernet0: { SAI_PORT_STAT_IF_IN_OCTETS: '1' } }));
    expect(table.neighbours.latest).toEqual([[0, { sysName: 'gpu1', portId: 'b8:59:9f:00:00:01', portIdType: '3' }]]);
    const gauges = ports.frame()!.gauges.map(({ gauge, values }) => [gauge, values[0]]);
    expect(Object.fromEntries(gauges)).toEqual({ rxPowerDbm: -4.25, temperatureC: 40.1 });
  });
});
