import { describe, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { aristaPfc } from '../../../collectors/gnmi/paths/arista-pfc.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigQueues } from '../../../collectors/gnmi/paths/openconfig-queues.ts';
import { sonicPorts, sonicQueues, sonicState } from '../../../collectors/gnmi/paths/sonic.ts';
import { device, NOW } from './device.ts';
import {
  block,
  counterPath,
  deletion,
  INTERFACE,
  number,
  oldUpdate,
  path,
  response,
  SYNC,
  update,
  value,
} from './messages.ts';

const MAX = (1n << 64n) - 1n;
const octets = (value: bigint, port = 'Ethernet1') => update(counterPath(port, 'in-octets'), { uint: value });

describe('gNMI values', () => {
  it.each([
    ['PROTO uint', { uint: MAX }, MAX],
    ['PROTO int', { int: 5n }, 5n],
    ['a negative int is no counter', { int: -5n }, null],
    ['ASCII', { ascii: '18446744073709551615' }, MAX],
    ['BYTES', { bytes: Buffer.from('9007199254740993') }, 9007199254740993n],
    ['JSON_IETF text', { jsonIetf: '"9007199254740993"' }, 9007199254740993n],
    ['JSON number past 2^53', { json: '9007199254740993' }, 9007199254740993n],
    ['JSON small number', { json: '42' }, 42n],
    ['bool', { bool: true }, null],
    ['text that is no number', { text: 'N/A' }, null],
  ] as const)('%s', (_, of, expected) => {
    const leaf = device(openconfigInterfaces);
    leaf.take(response({ atMs: NOW, parts: [update(counterPath('Ethernet1', 'in-octets'), of)] }));
    expect(leaf.counter('rxBytes')).toBe(expected);
  });

  it('reads a subtree in JSON_IETF with module prefixes and exact numbers', () => {
    const leaf = device(openconfigInterfaces);
    const document = {
      'openconfig-interfaces:interface': [
        { name: 'Ethernet1', state: { 'oper-status': 'UP', counters: { 'in-octets': '18446744073709551615' } } },
        { state: { 'oper-status': 'DOWN', counters: { 'in-octets': '12' } }, name: 'Ethernet2' },
      ],
    };
    leaf.take(response({ atMs: NOW, parts: [update(path(['interfaces']), { jsonIetf: JSON.stringify(document) })] }));
    expect(leaf.counter('rxBytes')).toBe(MAX);
    expect(leaf.counter('rxBytes', 'Ethernet2')).toBe(12n);
    expect([...leaf.frame()!.linkUp]).toEqual([1, 0]);
  });

  it('keeps digits inside JSON text as they are', () => {
    const leaf = device(openconfigInterfaces);
    const json = '{"description":"serial \\" 12345678901234567890","counters":{"in-octets":12345678901234567890}}';
    leaf.take(response({ parts: [update(path([...INTERFACE('Ethernet1'), 'state']), { json })] }));
    expect(leaf.counter('rxBytes')).toBe(12345678901234567890n);
  });
});

describe('gNMI messages', () => {
  it('joins prefix and path, wherever the head stands', () => {
    for (const headLast of [false, true]) {
      const leaf = device(openconfigInterfaces);
      const prefix = path(INTERFACE('Ethernet1'), { origin: 'openconfig', target: 'leaf1' });
      const parts = [update(path(['state', 'counters', 'in-octets']), { uint: 9n })];
      leaf.take(response({ atMs: NOW - 5, prefix, parts, headLast }));
      expect(leaf.counter('rxBytes')).toBe(9n);
      expect(leaf.frame()!.atMs[0]).toBe(NOW - 5);
    }
  });

  it('reads deprecated path elements and values', () => {
    const leaf = device(openconfigInterfaces);
    leaf.take(
      response({
        parts: [oldUpdate(path([...INTERFACE('Ethernet1/1'), 'state', 'counters', 'in-octets'], { old: true }), '77')],
      }),
    );
    expect(leaf.counter('rxBytes', 'Ethernet1/1')).toBe(77n);
  });

  it('takes arrival time where the clock of the device is wrong', () => {
    const leaf = device(openconfigInterfaces);
    leaf.take(response({ atMs: NOW - 3_600_000, parts: [octets(1n)] }));
    expect(leaf.frame()!.atMs[0]).toBe(NOW);
  });

  it('adds up in and out drops, and knows neither while one is missing', () => {
    const leaf = device(openconfigInterfaces);
    const drop = (leaf: string, value: bigint) => update(counterPath('Ethernet1', leaf), { uint: value });
    leaf.take(response({ parts: [drop('in-discards', 0xffff_ffffn), drop('out-discards', 2n)] }));
    expect(leaf.counter('drops')).toBe(0x1_0000_0001n);
    leaf.take(response({ parts: [octets(1n), deletion(counterPath('Ethernet1', 'in-discards'))] }));
    expect(leaf.counter('drops')).toBeNull();
    expect(leaf.counter('rxBytes')).toBe(1n);
  });

  it('deletes a subtree of one port, and of all by a wildcard', () => {
    const leaf = device(openconfigInterfaces);
    leaf.take(response({ parts: [octets(1n), octets(2n, 'Ethernet2')] }));
    leaf.take(response({ parts: [deletion(path(INTERFACE('Ethernet1')))] }));
    expect([leaf.counter('rxBytes'), leaf.counter('rxBytes', 'Ethernet2')]).toEqual([null, 2n]);
    leaf.take(response({ parts: [deletion(path([...INTERFACE('*'), 'state']))] }));
    expect(leaf.frame()).toBeNull();
  });

  it('an atomic message is all there is under its prefix', () => {
    const leaf = device(openconfigInterfaces);
    leaf.take(
      response({
        parts: [octets(1n), update(counterPath('Ethernet1', 'out-octets'), { uint: 3n }), octets(2n, 'Ethernet2')],
      }),
    );
    const prefix = path([...INTERFACE('Ethernet1'), 'state', 'counters']);
    leaf.take(response({ atomic: true, prefix, parts: [update(path(['in-octets']), { uint: 5n })] }));
    expect([leaf.counter('rxBytes'), leaf.counter('txBytes'), leaf.counter('rxBytes', 'Ethernet2')]).toEqual([
      5n,
      null,
      2n,
    ]);
  });

  it('tells sync_response, and bears empty and unknown messages', () => {
    const leaf = device(openconfigInterfaces);
    leaf.take(Buffer.alloc(0), block(5, 'an extension'), response({ parts: [] }));
    expect(leaf.intake.synced).toBe(false);
    leaf.take(SYNC);
    expect(leaf.intake.synced).toBe(true);
  });

  it('hands on the error message of an old target, and passes over what newer ones add', () => {
    const leaf = device(openconfigInterfaces);
    const error = block(4, Buffer.concat([number(1, 5n), block(2, 'no such\u0007path')]));
    expect(() => leaf.take(error)).toThrow('the device says: no such path');
    expect(() => leaf.intake.getResponse(block(2, block(2, 'not now')), NOW)).toThrow('the device says: not now');
    // alias (reserved), duplicates, and a registered extension.
    const counted = block(
      4,
      Buffer.concat([block(1, counterPath('Ethernet1', 'in-octets')), block(3, value({ uint: 4n })), number(4, 2n)]),
    );
    leaf.take(Buffer.concat([block(1, Buffer.concat([block(3, 'an alias'), counted])), block(5, block(1, 'header'))]));
    expect(leaf.counter('rxBytes')).toBe(4n);
  });

  it('says where a message is broken', () => {
    const leaf = device(openconfigInterfaces);
    expect(() => leaf.take(response({ parts: [octets(1n)] }).subarray(0, -2))).toThrow(/byte \d+/);
    expect(() =>
      leaf.take(response({ parts: [update(counterPath('Ethernet1', 'in-octets'), { json: '{"a":' })] })),
    ).toThrow(/JSON/);
  });
});

describe('path sets', () => {
  it('Arista PFC: priorities and nanoseconds', () => {
    const leaf = device(aristaPfc);
    const state = (name: string) =>
      path([...INTERFACE('Ethernet1'), 'ethernet', 'pfc', 'priorities', ['priority', { index: '3' }], 'state', name]);
    const tenYearsNs = 315_360_000_000_000_000n;
    leaf.take(
      response({
        parts: [
          update(state('in-frames'), { uint: 8n }),
          update(state('pfc-on-total-rx-time'), { uint: tenYearsNs + 1999n }),
          update(state('all-buffers-octets-max-last-poll'), { uint: 4096n }),
        ],
      }),
    );
    expect(leaf.counter('rxPauseFrames', 'Ethernet1', 3)).toBe(8n);
    expect(leaf.counter('rxPauseUs', 'Ethernet1', 3)).toBe(tenYearsNs / 1000n + 1n);
    expect(leaf.gauge('ingressWatermarkBytes', 'Ethernet1', 3)).toBe(4096);
  });

  it('OpenConfig queues: by number, or all of a port together', () => {
    const leaf = device(openconfigQueues);
    const queue = (name: string) =>
      path([
        'qos',
        'interfaces',
        ['interface', { 'interface-id': 'Ethernet1' }],
        'output',
        'queues',
        ['queue', { name }],
        'state',
        'ecn-marked-pkts',
      ]);
    leaf.take(
      response({
        parts: [
          update(queue('UC3'), { uint: 5n }),
          update(queue('gold'), { uint: 6n }),
          update(queue('silver'), { uint: 7n }),
        ],
      }),
    );
    expect(leaf.counter('ecnMarkedPackets', 'Ethernet1', 3)).toBe(5n);
    expect(leaf.counter('ecnMarkedPackets')).toBe(13n);
  });

  it('speed: the negotiated one counts', () => {
    const leaf = device(openconfigInterfaces);
    const ethernet = (name: string) => path([...INTERFACE('Ethernet1'), 'ethernet', 'state', name]);
    leaf.take(
      response({ parts: [octets(1n), update(ethernet('port-speed'), { text: 'openconfig-if-ethernet:SPEED_400GB' })] }),
    );
    expect(leaf.frame()!.linkRateBitsPerSec[0]).toBe(400e9);
    leaf.take(response({ parts: [update(ethernet('negotiated-port-speed'), { text: 'SPEED_2500MB' })] }));
    expect(leaf.frame()!.linkRateBitsPerSec[0]).toBe(2.5e9);
    leaf.take(response({ parts: [update(ethernet('negotiated-port-speed'), { text: 'SPEED_UNKNOWN' })] }));
    expect(leaf.frame()!.linkRateBitsPerSec[0]).toBe(400e9);
  });

  const sonic = (elems: string[], document: unknown) =>
    response({
      atMs: NOW,
      prefix: path([], { target: 'COUNTERS_DB' }),
      parts: [update(path(elems), { jsonIetf: JSON.stringify(document) })],
    });
  const FIELDS = {
    SAI_PORT_STAT_IF_IN_OCTETS: '18446744073709551615',
    SAI_PORT_STAT_PFC_3_RX_PKTS: '31',
    SAI_PORT_STAT_PFC_3_RX_PAUSE_DURATION_US: '1500',
  };

  it.each([
    ['all ports', ['COUNTERS', 'Ethernet*'], { Ethernet0: FIELDS }],
    ['one port', ['COUNTERS', 'Ethernet0'], FIELDS],
  ])('SONiC: %s', (_, elems, document) => {
    const leaf = device(sonicPorts);
    leaf.take(sonic(elems, document));
    expect(leaf.counter('rxBytes', 'Ethernet0')).toBe(MAX);
    expect(leaf.counter('rxPauseFrames', 'Ethernet0', 3)).toBe(31n);
    expect(leaf.counter('rxPauseUs', 'Ethernet0', 3)).toBe(1500n);
  });

  it('SONiC: queues, without the periodic watermark', () => {
    const leaf = device(sonicQueues);
    leaf.take(
      sonic(['COUNTERS', 'Ethernet*', 'Queues'], {
        'Ethernet0:3': { SAI_QUEUE_STAT_WRED_ECN_MARKED_PACKETS: '5', SAI_QUEUE_STAT_SHARED_WATERMARK_BYTES: '100' },
        'Ethernet0:3:periodic': { SAI_QUEUE_STAT_SHARED_WATERMARK_BYTES: '999' },
        'Ethernet0:12': { SAI_QUEUE_STAT_WRED_ECN_MARKED_PACKETS: '5' },
      }),
    );
    expect(leaf.counter('ecnMarkedPackets', 'Ethernet0', 3)).toBe(5n);
    expect(leaf.gauge('queueWatermarkBytes', 'Ethernet0', 3)).toBe(100);
    expect(leaf.frame()!.counters).toHaveLength(1);
  });

  it('SONiC: state, speed, and a port seen under its alias first', () => {
    const table = new DeviceTable(() => true);
    const ports = device(sonicPorts, table);
    const state = device(sonicState, table);
    ports.take(sonic(['COUNTERS', 'Ethernet*'], { etp1: FIELDS }));
    state.take(sonic(['PORT_TABLE'], { Ethernet0: { alias: 'etp1', oper_status: 'up', speed: '400000' } }));
    for (let round = 0; round < 2; round++) {
      state.take(sonic(['PORT_TABLE'], { Ethernet0: { alias: 'etp1', oper_status: 'up', speed: '400000' } }));
      ports.take(sonic(['COUNTERS', 'Ethernet*'], { etp1: FIELDS }));
    }
    expect(ports.counter('rxBytes', 'Ethernet0')).toBe(MAX);
    expect(ports.frame()).toMatchObject({
      ports: ['Ethernet0'],
      linkUp: new Uint8Array([1]),
      linkRateBitsPerSec: new Float64Array([400e9]),
    });
  });
});
