import { beforeAll, describe, expect, it } from 'vitest';
import {
  type DeviceMap,
  discover,
  fromSaved,
  planOf,
  samePlanInput,
  toSaved,
} from '../../../collectors/snmp/device-map.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { asked, object } from './fake-agent.ts';

const ADDRESS = '10.0.0.11:161';
const PFC = '1.3.6.1.4.1.9.9.813.1.2.1';

function device(ports: number) {
  const list = Array.from({ length: ports }, (_, i) => ({ ifIndex: i + 1, name: `Ethernet1/${i + 1}` }));
  return [
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm) nxos.10.5'),
    ...interfaces(list),
    ...interfaces([{ ifIndex: 1001, name: 'port-channel1', type: 161 }]),
    object('1.2.840.10006.300.43.1.2.1.1.13.1', '2', '1001'),
    ...table(PFC, [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 1),
  ];
}

function survey(ports: number): Promise<DeviceMap> {
  return asked(device(ports), (session) => discover(session, { ports: { include: [], exclude: [] } }));
}

describe('a saved row map', () => {
  let map: DeviceMap;
  /** As it is written to disk and read back. */
  const saved = (): Record<string, unknown> => JSON.parse(JSON.stringify(toSaved(ADDRESS, map)));

  beforeAll(async () => {
    map = await survey(3);
  });

  it('gives the plan that the survey gave', () => {
    map.maxColumns = 5;
    const read = fromSaved(saved(), ADDRESS, map.head)!;
    expect(samePlanInput(read, map)).toBe(true);
    expect(read.lagMembers).toEqual([{ ifIndex: 1, lagIfIndex: 1001 }]);
    expect(planOf(read, 5000)).toEqual(planOf(map, 5000));
    // Asked in the measure that the device's answers were found to hold.
    expect(Math.max(...planOf(read, 5000).groups.map(({ prefixes }) => prefixes.length))).toBe(5);
  });

  it('of an older version without groups and measure is read all the same', () => {
    const old = saved() as { map: Record<string, unknown> };
    delete old.map.lagMembers;
    delete old.map.maxColumns;
    expect(fromSaved(old, ADDRESS, map.head)).toMatchObject({ lagMembers: [], maxColumns: 12 });
  });

  it.each([
    ['another address', '10.0.0.12:161', {}],
    ['other software', ADDRESS, { sysDescr: 'Cisco NX-OS(tm) nxos.10.6' }],
    ['another model', ADDRESS, { sysObjectId: '1.3.6.1.4.1.9.12.3.1.3.1' }],
    ['another name', ADDRESS, { sysName: 'leaf2' }],
    ['a restart, by its boots', ADDRESS, { engineBoots: 8 }],
    ['a restart, by its uptime', ADDRESS, { upTimeTicks: 5 }],
    // It was up for 1000 s an hour ago.
    ['a restart while nobody looked', ADDRESS, { upTimeTicks: 130_000, readMs: Date.now() + 3_600_000 }],
  ])('is not used after %s: an index may mean another port', (_, address, now) => {
    expect(fromSaved(saved(), address, { ...map.head, ...now })).toBeNull();
  });

  it.each([
    ['nothing', undefined],
    ['text', 'not a map'],
    ['another version', { version: 2, address: ADDRESS }],
    ['half a map', { version: 1, address: ADDRESS, map: { profile: 'generic' } }],
  ])('that is %s is none', (_, content) => {
    expect(fromSaved(content, ADDRESS, map.head)).toBeNull();
  });
});

describe('two surveys of a device', () => {
  it('differ when ports or rows do', async () => {
    const [one, same, more] = await Promise.all([survey(3), survey(3), survey(4)]);
    expect(samePlanInput(one, same)).toBe(true);
    expect(samePlanInput(one, more)).toBe(false);
    const without: DeviceMap = { ...one, tables: one.tables.slice(1) };
    expect(samePlanInput(one, without)).toBe(false);
  });
});
