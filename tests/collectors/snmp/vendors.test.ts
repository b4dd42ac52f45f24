import { afterEach, describe, expect, it } from 'vitest';
import { chooseProfile, PROFILES } from '../../../collectors/snmp/profiles/index.ts';
import type { ReadingFrame } from '../../../lib/counters/reading.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent, type FakeObject, object } from './fake-agent.ts';
import { counterOf, createSource, gaugeOf, Recorder, running } from './recorder.ts';

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

/** Reads a made-up device until `polls` readings have come, with a change to the device after each. */
async function readings(objects: FakeObject[], polls = 1, change?: (agent: FakeAgent, poll: number) => void) {
  const agent = await FakeAgent.start(objects);
  agents.push(agent);
  const recorder = new Recorder();
  await running(createSource(recorder, agent.address, { interval: '100ms' }), async () => {
    for (let poll = 1; poll <= polls; poll++) {
      await recorder.until(() => recorder.frames.length >= poll);
      change?.(agent, poll);
    }
    await recorder.until(() => recorder.healths.length > 0);
  });
  return { frames: recorder.frames, last: recorder.frames.at(-1) as ReadingFrame, health: recorder.healths.at(-1)! };
}

const TWO_PORTS = [
  { ifIndex: 1, name: 'Ethernet1' },
  { ifIndex: 2, name: 'Ethernet2' },
];

describe('vendor profiles', () => {
  it.each([
    ['1.3.6.1.4.1.30065.1.3011.7050', 'Arista Networks EOS', 'arista-eos'],
    ['1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm) n9000', 'cisco-nxos'],
    ['1.3.6.1.4.1.40310', 'Cumulus Linux 5.9.2', 'nvidia-cumulus'],
    ['1.3.6.1.4.1.8072.3.2.10', 'Cumulus Linux 3.7 (Linux Kernel 4.1)', 'nvidia-cumulus'],
    ['1.3.6.1.4.1.33049.1.1.1.2700', 'Mellanox MSN2700', 'nvidia-onyx'],
    ['1.3.6.1.4.1.8072.3.2.10', 'SONiC Software Version: SONiC.202111', 'sonic'],
    ['1.3.6.1.4.1.4413.1.2.1.2.5', 'Dell EMC Networking', 'sonic'],
    ['1.3.6.1.4.1.2636.1.1.1.4.171', 'Juniper Networks, Inc. qfx5130', 'juniper'],
    ['1.3.6.1.4.1.2011.2.239.12', 'Huawei Versatile Routing Platform Software', 'huawei'],
    ['1.3.6.1.4.1.4881.1.1.10.1.44', 'Ruijie Full 25G Routing Switch', 'ruijie'],
    ['1.3.6.1.4.1.674.11000.5000.100.2.1.1', 'Dell EMC Networking OS10 Enterprise', 'dell'],
    ['1.3.6.1.4.1.6027.1.3.18', 'Dell Networking OS', 'dell'],
    ['1.3.6.1.4.1.25506.11.1.111', 'H3C Comware', 'generic'],
  ])('%s (%s) is %s', (sysObjectId, sysDescr, expected) => {
    expect(chooseProfile({ sysObjectId, sysDescr }).name).toBe(expected);
  });

  it('have names of their own, and objects under their tables only once', () => {
    expect(new Set(PROFILES.map(({ name }) => name)).size).toBe(PROFILES.length);
    for (const { tables } of PROFILES) {
      expect(new Set(tables.map(({ table: name }) => name)).size).toBe(tables.length);
      for (const { columns } of tables) expect(new Set(columns.map(({ column }) => column)).size).toBe(columns.length);
    }
  });

  it('Arista: PFC, watchdog, ECN where it is enabled, rising watermarks', async () => {
    const ARISTA = '1.3.6.1.4.1.30065.3';
    const queues = ['1.3', '1.4', '2.3'];
    const watermarks = ['1.1.3', '1.2.3', '1.2.4', '1.3.3', '1.3.4', '1.4.3', '2.3.3'];
    const rise = (agent: FakeAgent): void => {
      for (const [index, cells] of [
        ['1.1.3', '55'],
        ['1.2.4', '60'],
        ['1.3.3', '70'],
        ['1.4.3', '99'],
      ])
        agent.set(object(`${ARISTA}.26.2.1.3.${index}`, '66', cells!));
    };
    const { frames, last } = await readings(
      [
        ...system('leaf1', '1.3.6.1.4.1.30065.1.3011', 'Arista Networks EOS 4.30'),
        ...interfaces(TWO_PORTS),
        ...table(
          `${ARISTA}.11.1.1.1`,
          [3, 4],
          priorityIndexes([1, 2]),
          (column, index) => column * 10 + Number(index.at(-1)),
        ),
        ...table(`${ARISTA}.11.1.2.1`, [4], ['1.0.3', '1.0.4', '2.0.3'], () => 2, '2'),
        ...table(`${ARISTA}.13.1.9.1`, [3], queues, (_, index) => (index === '1.4' ? 2 : 1), '2'),
        ...table(`${ARISTA}.13.1.9.1`, [4], queues, () => 100),
        ...table(`${ARISTA}.26.2.1`, [3], watermarks, () => 50, '66'),
        ...table(`${ARISTA}.26.2.1`, [4], watermarks, () => 208, '66'),
        ...table(`${ARISTA}.15.1.1.1`, [8], ['1', '2'], (_, index) => Number(index) * 3, '65'),
      ],
      3,
      (agent, poll) => poll === 1 && rise(agent),
    );
    expect(counterOf(last, 'txPauseFrames', 'Ethernet1', 3)).toBe(33n);
    expect(counterOf(last, 'rxPauseFrames', 'Ethernet1', 3)).toBe(43n);
    expect(counterOf(last, 'watchdogStorms', 'Ethernet1')).toBe(4n);
    // Queue 4 of port 1 does not count its marks.
    expect(counterOf(last, 'ecnMarkedPackets', 'Ethernet1')).toBe(100n);
    // A watermark says something only of the interval in which it rose.
    expect(frames.map((frame) => gaugeOf(frame, 'queueWatermarkBytes', 'Ethernet1'))).toContain(70 * 208);
    // What waits at the port to go elsewhere is told apart from its own queues.
    expect(frames.map((frame) => gaugeOf(frame, 'ingressWatermarkBytes', 'Ethernet1'))).toContain(60 * 208);
    expect(frames.map((frame) => gaugeOf(frame, 'headroomWatermarkBytes', 'Ethernet1'))).toContain(55 * 208);
    expect(counterOf(last, 'linkDowns', 'Ethernet2')).toBe(6n);
    expect(gaugeOf(frames[0]!, 'queueWatermarkBytes', 'Ethernet1')).toBeUndefined();
    for (const frame of frames) expect(gaugeOf(frame, 'queueWatermarkBytes', 'Ethernet2')).toBeUndefined();
  });

  it('Arista: a port has the time at which its counters were read from hardware', async () => {
    const lastRead = '1.3.6.1.4.1.30065.3.15.1.1.1.1';
    const { frames } = await readings(
      [
        ...system('leaf1', '1.3.6.1.4.1.30065.1.3011', 'Arista Networks EOS 4.30', 100_000),
        ...interfaces(TWO_PORTS),
        object(`${lastRead}.1`, '67', String(100_000 - 200)),
        object(`${lastRead}.2`, '67', String(100_000)),
      ],
      2,
      (agent) => agent.set(object(`${lastRead}.2`, '67', String(100_004))),
    );
    expect(frames[0]!.atMs[1]! - frames[0]!.atMs[0]!).toBeCloseTo(2000, 0);
    // Port 1 was not read again: nothing new is not a reading.
    expect(frames[1]!.atMs[0]).toBeNaN();
    expect(frames[1]!.atMs[1]).not.toBeNaN();
  });

  it('Arista: ECN counters of a platform that answers zeros are missing, not zero', async () => {
    const { last, health } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.30065.1.3011', 'Arista Networks EOS 4.30'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.30065.3.26.3.1', [38], ['1', '2'], () => 0),
    ]);
    expect(counterOf(last, 'ecnMarkedPackets', 'Ethernet1')).toBeUndefined();
    expect(health.missing).toContain('ecnMarkedPerSec');
  });

  it('Cisco: pause time in µs, watchdog shutdowns, ingress buffers in bytes and not as queues', async () => {
    const PFC = '1.3.6.1.4.1.9.9.813.1';
    const QOS = '1.3.6.1.4.1.9.9.580.1';
    const objects = [
      ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
      ...interfaces(TWO_PORTS),
      ...table(`${PFC}.2.1`, [2, 3], priorityIndexes([1, 2]), () => 5),
      ...table(`${PFC}.4.1`, [2, 3], priorityIndexes([1, 2]), (column) => column * 1_000_000),
      ...table(`${PFC}.3.1`, [3], ['1.0', '1.1'], () => 1),
      object(`${QOS}.1.6.0`, '66', '416'),
      ...table(`${QOS}.5.6.1`, [3, 6, 7], ['1.0', '1.1', '2.0'], (column) => column, '66'),
    ];
    const { frames, last } = await readings(objects, 3, (agent, poll) => {
      if (poll > 1) return;
      agent.set(object(`${QOS}.5.6.1.6.1.1`, '66', '11'));
      agent.set(object(`${QOS}.5.6.1.7.1.0`, '66', '9'));
    });
    expect(counterOf(last, 'rxPauseUs', 'Ethernet1', 3)).toBe(2_000_000n);
    expect(counterOf(last, 'txPauseUs', 'Ethernet1', 3)).toBe(3_000_000n);
    expect(counterOf(last, 'watchdogStorms', 'Ethernet1')).toBe(2n);
    expect(frames.map((frame) => gaugeOf(frame, 'ingressWatermarkBytes', 'Ethernet1'))).toContain(11 * 416);
    expect(frames.map((frame) => gaugeOf(frame, 'headroomWatermarkBytes', 'Ethernet1'))).toContain(9 * 416);
    for (const frame of frames) {
      expect(gaugeOf(frame, 'ingressWatermarkBytes', 'Ethernet2')).toBeUndefined();
      expect(frame.gauges.filter(({ gauge }) => gauge.startsWith('queue'))).toEqual([]);
    }
  });

  it('Cisco: buffers in cells of unknown size are refused, not guessed', async () => {
    const { last, health } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.9.9.580.1.5.6.1', [3, 6], ['1.0', '2.0'], () => 10, '66'),
    ]);
    expect(gaugeOf(last, 'ingressWatermarkBytes', 'Ethernet1')).toBeUndefined();
    expect(health.refused.join()).toContain('csqIfPriGrpInBufUsageSharedPeekCount: counted in buffer cells');
  });

  it('SONiC: ports go by ifDescr, and the port total is the sum over priorities', async () => {
    const { last } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.8072.3.2.10', 'SONiC Software Version: SONiC.202111 - HwSku: AS7326'),
      ...interfaces([{ ifIndex: 1, name: 'Eth1(Port1)', descr: 'Ethernet0' }]),
      // The agent's own totals hold only priority 3.
      ...table('1.3.6.1.4.1.9.9.813.1.1.1', [1, 2], ['1'], () => 1),
      ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], priorityIndexes([1]), () => 7),
    ]);
    expect(last.ports).toEqual(['Ethernet0']);
    expect(counterOf(last, 'rxPauseFrames', 'Ethernet0')).toBe(56n);
    expect(last.clockErrorMs).toBeGreaterThanOrEqual(5000);
  });

  it('Cumulus: priorities in columns, buffer rows joined by port name', async () => {
    const CL = '1.3.6.1.4.1.40310';
    const objects = [
      ...system('leaf1', CL, 'Cumulus Linux 5.9.2'),
      ...interfaces([
        { ifIndex: 4, name: 'swp1' },
        { ifIndex: 5, name: 'swp2' },
      ]),
      ...table(`${CL}.2.2.3.1`, [10, 11], ['4', '5'], (column, index) => column * 100 + Number(index)),
      ...table(`${CL}.2.2.5.1`, [3], ['4', '5'], () => 6),
      object(`${CL}.1.3.8.0`, '66', '144'),
      object(`${CL}.1.3.7.1.1.1`, '4', 'swp1'),
      object(`${CL}.1.3.7.1.1.2`, '4', 'swp2'),
      ...table(`${CL}.1.3.7.1`, [2, 8], ['1', '2'], (column, index) => column + Number(index)),
      object(`${CL}.1.3.5.1.1.1`, '4', 'swp1'),
      object(`${CL}.1.3.5.1.1.2`, '4', 'swp2'),
      ...table(`${CL}.1.3.5.1`, [2, 3, 9], ['1', '2'], () => 5),
    ];
    const { frames, last } = await readings(objects, 3, (agent, poll) => {
      if (poll === 1) agent.set(object(`${CL}.1.3.5.1.9.2`, '70', '500'));
    });
    expect(frames.map((frame) => gaugeOf(frame, 'ingressWatermarkBytes', 'swp2'))).toContain(500 * 144);
    for (const frame of frames) expect(gaugeOf(frame, 'ingressWatermarkBytes', 'swp1')).toBeUndefined();
    expect(counterOf(last, 'rxPauseFrames', 'swp1', 3)).toBe(1004n);
    expect(counterOf(last, 'txPauseFrames', 'swp2', 3)).toBe(1105n);
    expect(counterOf(last, 'rxPauseFrames', 'swp1')).toBe(1004n);
    expect(counterOf(last, 'linkDowns', 'swp1')).toBe(6n);
    expect(gaugeOf(last, 'queueBytes', 'swp2')).toBe(10 * 144);
  });

  it('Onyx: a duration of doubtful unit is withheld until it has grown faster than ms can', async () => {
    const PFC = '1.3.6.1.4.1.33049.15.1.2.1';
    let duration = 0;
    const { frames, health } = await readings(
      [
        ...system('leaf1', '1.3.6.1.4.1.33049.1.1.1.2700', 'Mellanox'),
        ...interfaces(TWO_PORTS),
        ...table(PFC, [3, 4, 5, 6], priorityIndexes([1, 2]), () => 9),
      ],
      4,
      (agent, poll) => {
        duration += poll < 2 ? 1 : 90_000;
        agent.set(object(`${PFC}.4.1.3`, '70', String(9 + duration)));
      },
    );
    expect(counterOf(frames[0]!, 'rxPauseFrames', 'Ethernet1', 3)).toBe(9n);
    expect(counterOf(frames[0]!, 'rxPauseUs', 'Ethernet1', 3)).toBeUndefined();
    expect(counterOf(frames.at(-1)!, 'rxPauseUs', 'Ethernet1', 3)).toBeGreaterThan(90_000n);
    expect(health.refused.join()).toMatch(/^(mellanoxQoSPFCRxPauseDuration.*not used until|)/);
  });

  it('Onyx: milliseconds that an agent gives in steps are not taken for µs', async () => {
    const PFC = '1.3.6.1.4.1.33049.15.1.2.1';
    let duration = 9;
    const { frames } = await readings(
      [
        ...system('leaf1', '1.3.6.1.4.1.33049.1.1.1.2700', 'Mellanox'),
        ...interfaces(TWO_PORTS),
        ...table(PFC, [3, 4, 5, 6], priorityIndexes([1, 2]), () => 9),
      ],
      12,
      (agent, poll) => {
        // Paused all the time, and told every fifth poll.
        if (poll % 5 === 0) duration += 500;
        agent.set(object(`${PFC}.4.1.3`, '70', String(duration)));
      },
    );
    expect(frames.filter((frame) => counterOf(frame, 'rxPauseUs', 'Ethernet1', 3) !== undefined)).toEqual([]);
  });

  it('Juniper, Huawei, Ruijie: what their MIBs have', async () => {
    const junos = await readings([
      ...system('leaf1', '1.3.6.1.4.1.2636.1.1.1.4.171', 'Junos'),
      ...interfaces([{ ifIndex: 510, name: 'et-0/0/0' }]),
      ...table('1.3.6.1.4.1.2636.3.3.1.1', [27], ['510'], () => 2n ** 40n),
    ]);
    expect(counterOf(junos.last, 'drops', 'et-0/0/0')).toBe(2n ** 40n);
    const huawei = await readings([
      ...system('leaf1', '1.3.6.1.4.1.2011.2.239.12', 'Huawei'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.2011.5.25.32.4.1.4.5.2.1', [3, 5], ['1', '2'], () => 12),
    ]);
    expect(gaugeOf(huawei.last, 'queueBytes', 'Ethernet2')).toBe(12 * 1024);
    const ruijie = await readings([
      ...system('leaf1', '1.3.6.1.4.1.4881.1.1.10.1.44', 'Ruijie'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.4881.1.1.10.2.157.1.1.1', [3, 11], priorityIndexes([1, 2]), (column) => column),
    ]);
    expect(counterOf(ruijie.last, 'rxPauseFrames', 'Ethernet1', 3)).toBe(11n);
    expect(counterOf(ruijie.last, 'txPauseFrames', 'Ethernet1', 3)).toBe(3n);
  });

  /** Tables of packets dropped per queue, ahead of IF-MIB's 32-bit count of the whole port (1 for port 1 here). */
  it.each([
    ['1.3.6.1.4.1.30065.1.3011', '1.3.6.1.4.1.30065.3.6.1.2.1', [6], ['1.0.0', '1.3.0', '1.3.1', '2.3.0'], 3n],
    ['1.3.6.1.4.1.9.12.3.1.3.1', '1.3.6.1.4.1.9.9.580.1.5.1.1', [4], ['1.1.0.1', '1.2.0.1', '1.2.3.1', '2.2.3.1'], 2n],
    ['1.3.6.1.4.1.33049.1.1.1.2700', '1.3.6.1.4.1.33049.15.1.4.1', [8, 9], ['1.0', '1.1', '2.0'], 4n],
    ['1.3.6.1.4.1.40310', '1.3.6.1.4.1.40310.2.2.4.1', [3, 4, 6, 7], ['1', '2'], 4n],
    ['1.3.6.1.4.1.2636.1', '1.3.6.1.4.1.2636.3.15.4.1', [53], ['1.0', '1.1', '1.2', '2.0'], 3n],
    ['1.3.6.1.4.1.2011.2', '1.3.6.1.4.1.2011.5.25.32.4.1.1.31.1', [7], ['1.1.9', '1.2.1', '1.2.9', '2.2.9'], 1n],
    ['1.3.6.1.4.1.4881.1', '1.3.6.1.4.1.4881.1.1.10.2.141.2.1', [8], ['1.0.0.0', '1.3.0.0', '2.3.0.0'], 2n],
    ['1.3.6.1.4.1.6027.1', '1.3.6.1.4.1.6027.3.27.1.20.1', [4], ['1.1.1', '1.1.2', '1.2.1', '2.1.1'], 3n],
  ] as const)('%s: drops of all queues (%s)', async (objectId, entry, columns, rows, parts) => {
    const objects = (value: bigint): FakeObject[] => [
      ...system('leaf1', objectId, 'a switch'),
      ...interfaces(TWO_PORTS),
      ...table(entry, columns, rows, () => value),
    ];
    const { last } = await readings(objects(2n ** 40n));
    const drops = last.counters.find(({ counter }) => counter === 'drops')!;
    expect(counterOf(last, 'drops', 'Ethernet1')).toBe(parts * 2n ** 40n);
    expect(drops.widthBits).toBe(64);
    // A table of zeros may be one that the platform does not count: IF-MIB's count stands.
    const silent = await readings(objects(0n));
    expect(counterOf(silent.last, 'drops', 'Ethernet1')).toBe(1n);
  });

  it('drops that come from another table than before are not the same counter', async () => {
    const ENTRY = '1.3.6.1.4.1.33049.15.1.4.1';
    const agent = await FakeAgent.start([
      ...system('leaf1', '1.3.6.1.4.1.33049.1.1.1.2700', 'Mellanox'),
      ...interfaces(TWO_PORTS),
      ...table(ENTRY, [8], ['1.0', '2.0'], () => 0),
    ]);
    agents.push(agent);
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address, { discovery: '50ms' }), async () => {
      await recorder.until(() => recorder.frames.length > 0);
      agent.set(object(`${ENTRY}.8.1.0`, '70', '900000'));
      await recorder.until(() => counterOf(recorder.frames.at(-1)!, 'drops', 'Ethernet1') === 900_000n);
    });
    const bootOf = (drops: bigint): Set<string | undefined> =>
      new Set(
        recorder.frames.filter((frame) => counterOf(frame, 'drops', 'Ethernet1') === drops).map(({ bootId }) => bootId),
      );
    expect([...bootOf(1n)]).toEqual(['7']);
    expect([...bootOf(900_000n)]).toEqual(['7/1']);
  });

  it.each([
    ['1.3.6.1.4.1.6027.3.27.1.19.1', 1],
    ['1.3.6.1.4.1.6027.3.16.1.1.19.1', 1],
    // An agent that counts from 0 against its MIB.
    ['1.3.6.1.4.1.6027.3.27.1.19.1', 0],
  ])('Dell OS9: PFC per priority from %s, numbered from %i', async (entry, first) => {
    const indexes = [1, 2].flatMap((port) => Array.from({ length: 8 }, (_, p) => `${port}.${p + first}`));
    const { last } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.6027.1.3.18', 'Dell Networking OS'),
      ...interfaces(TWO_PORTS),
      ...table(entry, [2, 3], indexes, (column, index) => column * 100 + Number(index.split('.')[1]) - first),
    ]);
    expect(counterOf(last, 'txPauseFrames', 'Ethernet1', 3)).toBe(203n);
    expect(counterOf(last, 'rxPauseFrames', 'Ethernet2', 0)).toBe(300n);
    expect(counterOf(last, 'rxPauseFrames', 'Ethernet2', 7)).toBe(307n);
    expect(counterOf(last, 'rxPauseFrames', 'Ethernet1')).toBe(2428n);
  });

  it('link pause counts for the port where there is no PFC', async () => {
    const cumulus = await readings([
      ...system('leaf1', '1.3.6.1.4.1.40310', 'Cumulus Linux 5.9.2'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.40310.2.2.3.1', [2, 3, 10], ['1', '2'], (column) => column),
    ]);
    expect(counterOf(cumulus.last, 'rxPauseFrames', 'Ethernet1')).toBe(12n);
    expect(counterOf(cumulus.last, 'rxPauseFrames', 'Ethernet1', 3)).toBe(10n);
    const onyx = await readings([
      ...system('leaf1', '1.3.6.1.4.1.33049.1.1.1.2700', 'Mellanox'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.33049.15.1.5.1', [2, 3], ['1', '2'], (column) => column),
    ]);
    expect(counterOf(onyx.last, 'rxPauseFrames', 'Ethernet1')).toBe(2n);
    expect(counterOf(onyx.last, 'txPauseFrames', 'Ethernet1')).toBe(3n);
  });

  it('Ruijie: queues in cells of unknown size are told, not guessed', async () => {
    const { last, health } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.4881.1.1.10.1.44', 'Ruijie'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.4.1.4881.1.1.10.2.141.5.1', [4, 10], ['1.3.0', '2.3.0'], () => 12),
    ]);
    expect(gaugeOf(last, 'queueBytes', 'Ethernet1')).toBeUndefined();
    expect(health.refused.join()).toContain('ruijieMmuIfQueueSupportUsedCells: counted in buffer cells');
  });

  it('broken packets are those that IF-MIB counts', async () => {
    const { last, health } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.99999.1', 'some switch'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.6.1.2.1.2.2.1', [14], ['1', '2'], (_, index) => Number(index) * 7, '65'),
    ]);
    expect(counterOf(last, 'rxErrors', 'Ethernet2')).toBe(14n);
    expect(last.counters.find(({ counter }) => counter === 'rxErrors')!.widthBits).toBe(32);
    expect(health.missing).not.toContain('rxErrorsPerSec');
  });

  it('a generic switch with the IEEE table gives PFC of the whole port', async () => {
    const { last } = await readings([
      ...system('leaf1', '1.3.6.1.4.1.99999.1', 'some switch'),
      ...interfaces(TWO_PORTS),
      ...table('1.3.111.2.802.1.1.21.1.1.1', [2, 3], ['1', '2'], (column) => column, '65'),
      ...table('1.3.6.1.2.1.10.7.10.1', [3, 4], ['1', '2'], () => 99, '65'),
    ]);
    expect(counterOf(last, 'txPauseFrames', 'Ethernet1')).toBe(2n);
    expect(counterOf(last, 'rxPauseFrames', 'Ethernet1')).toBe(3n);
  });
});
