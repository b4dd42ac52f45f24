import { afterEach, describe, expect, it } from 'vitest';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent, type FakeObject } from './fake-agent.ts';
import { createSource, Recorder, running } from './recorder.ts';

const PFC = '1.3.6.1.4.1.33049.15.1.2.1';
const CISCO_PFC = '1.3.6.1.4.1.9.9.813.1.2.1';
const BUFFERS = '1.3.6.1.4.1.9.9.580.1.5.6.1';

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

const PORTS = [
  { ifIndex: 1, name: 'Ethernet1' },
  { ifIndex: 2, name: 'Ethernet2' },
];

function nexus(): FakeObject[] {
  return [
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces(PORTS),
    ...table(CISCO_PFC, [2, 3], priorityIndexes([1, 2]), () => 5),
    ...table(BUFFERS, [3, 6], priorityIndexes([1, 2]), () => 5, '66'),
  ];
}

/** Runs a device until its health is as wanted. */
async function healthOf(
  objects: FakeObject[],
  wanted: (health: TargetHealth) => boolean,
  change?: (agent: FakeAgent) => void,
): Promise<TargetHealth> {
  const agent = await FakeAgent.start(objects);
  agents.push(agent);
  const recorder = new Recorder();
  // Health is told every 10 s while nothing changes: a port that comes and goes is a change.
  await running(createSource(recorder, agent.address, { optics: '50ms', discovery: '50ms' }), async () => {
    await recorder.until(() => recorder.frames.length > 3);
    change?.(agent);
    await recorder.until(() => recorder.healths.some(wanted));
  });
  return recorder.healths.find(wanted)!;
}

const pathOf = ({ paths }: TargetHealth, begins: string) => paths.find(({ path }) => path.startsWith(begins));

describe('the parts of a device that SNMP reads', () => {
  it('are told one by one: asked, achieved, what they lack and where they come from', async () => {
    const agentChange = (agent: FakeAgent): void =>
      agent.load([...nexus(), ...interfaces([{ ifIndex: 3, name: 'Ethernet3' }])]);
    const health = await healthOf(nexus(), ({ ports }) => ports === 3, agentChange);
    expect(health.paths.map(({ path }) => path)).toEqual([
      'interface counters (ifXTable)',
      'port state (ifXTable, ifTable)',
      'pause (cpfcIfPriorityTable)',
      'PFC watchdog',
      'ECN marks',
      'drops (ifTable)',
      'queues and watermarks (csqIfPriGrpInBufUsageTable)',
      'errors',
      'optics (entSensorValueTable)',
      'neighbours (LLDP)',
    ]);
    const counters = pathOf(health, 'interface counters')!;
    expect(counters.requestedIntervalMs).toBe(50);
    expect(counters.achievedIntervalMs).toBeGreaterThan(20);
    expect(counters.missing).toEqual([]);
    expect(pathOf(health, 'pause')).toMatchObject({ missing: ['rxPauseFraction', 'txPauseFraction'] });
    expect(pathOf(health, 'ECN marks')).toMatchObject({
      served: false,
      achievedIntervalMs: null,
      missing: ['ecnMarkedPerSec', 'ecnMarkFraction'],
    });
    // Cells of unknown size give nothing, and the path says why.
    expect(pathOf(health, 'queues')).toMatchObject({
      achievedIntervalMs: null,
      refused: [expect.stringMatching(/^csqIfPriGrpInBufUsageSharedPeekCount: .*cell/)],
    });
    expect(pathOf(health, 'neighbours')!.requestedIntervalMs).toBe(50);
    expect(health.notes).toEqual(['ECN marks and depths of output queues are not in SNMP: use gNMI']);
  });

  it('fail one by one: the others keep their interval', async () => {
    const health = await healthOf(
      nexus(),
      (told) => pathOf(told, 'pause')?.lastError != null,
      (agent) => {
        agent.behaviour.spoil = (answer, { oids }) =>
          oids.some((oid) => oid.join('.').startsWith(CISCO_PFC)) ? answer.subarray(0, 40) : answer;
      },
    );
    expect(pathOf(health, 'pause')!.lastError!.message).toMatch(/cut short/);
    expect(pathOf(health, 'interface counters')!.lastError).toBeNull();
    expect(pathOf(health, 'interface counters')!.achievedIntervalMs).not.toBeNull();
  });

  it('all fail with a device that is silent, in the words of the target', async () => {
    const health = await healthOf(
      nexus(),
      ({ state }) => state === 'down',
      (agent) => {
        agent.behaviour.spoil = () => null;
      },
    );
    for (const begins of ['interface counters', 'pause', 'drops'])
      expect(pathOf(health, begins)!.lastError!.message).toBe(health.lastError!.message);
    // What is not asked cannot fail.
    expect(pathOf(health, 'ECN marks')!.lastError).toBeNull();
  }, 20_000);

  it('say of a counter in doubt why it is not used', async () => {
    const onyx = [
      ...system('leaf1', '1.3.6.1.4.1.33049.1.1.1.2700', 'Mellanox'),
      ...interfaces(PORTS),
      ...table(PFC, [3, 4, 5, 6], priorityIndexes([1, 2]), () => 9),
    ];
    const more = (agent: FakeAgent): void => agent.load([...onyx, ...interfaces([{ ifIndex: 3, name: 'Ethernet3' }])]);
    const health = await healthOf(onyx, ({ ports }) => ports === 3, more);
    expect(pathOf(health, 'pause')!.refused).toEqual([
      expect.stringMatching(/^mellanoxQoSPFCRxPauseDuration: ms by its MIB/),
      expect.stringMatching(/^mellanoxQoSPFCTxPauseDuration: ms by its MIB/),
    ]);
    expect(pathOf(health, 'interface counters')!.refused).toEqual([]);
  });
});
