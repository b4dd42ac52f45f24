import { describe, expect, it } from 'vitest';
import { type FoundLagMember, readLagMembers } from '../../../../collectors/snmp/discovery/lags.ts';
import { asked, type FakeObject, object } from '../fake-agent.ts';
import { found } from './found.ts';

const AGG_PORT = '1.2.840.10006.300.43.1.2.1.1.13';
const STACK = '1.3.6.1.2.1.31.1.2.1.3';
const INTERFACES = [
  found(1, 'Ethernet1'),
  found(2, 'Ethernet2'),
  found(3, 'Ethernet3'),
  found(1001, 'PortChannel1', { ifType: 161 }),
  found(2001, 'Vlan1', { ifType: 53 }),
];

function members(objects: FakeObject[], interfaces = INTERFACES): Promise<FoundLagMember[]> {
  return asked(objects, (session) => readLagMembers(session, interfaces));
}

const attached = (port: number, lag: number): FakeObject => object(`${AGG_PORT}.${port}`, '2', String(lag));
const stacked = (higher: number, lower: number, status = 1): FakeObject =>
  object(`${STACK}.${higher}.${lower}`, '2', String(status));

describe('members of aggregation groups', () => {
  it('are what LACP has attached; 0 is attached to nothing', async () => {
    expect(await members([attached(1, 1001), attached(2, 1001), attached(3, 0)])).toEqual([
      { ifIndex: 1, lagIfIndex: 1001 },
      { ifIndex: 2, lagIfIndex: 1001 },
    ]);
  });

  it('are those of the interface stack, where there is no LACP', async () => {
    const objects = [stacked(0, 1001), stacked(1001, 1), stacked(1001, 3, 2), stacked(2001, 2), stacked(1, 0)];
    expect(await members(objects)).toEqual([{ ifIndex: 1, lagIfIndex: 1001 }]);
  });

  it('are not guessed from groups or ports that are no interface', async () => {
    expect(await members([attached(1, 1002), attached(9, 1001), attached(1001, 1001)])).toEqual([]);
  });

  it('are not asked of a device without groups', async () => {
    const plain = INTERFACES.filter(({ ifType }) => ifType === 6);
    expect(await members([attached(1, 1001), stacked(1001, 1)], plain)).toEqual([]);
  });
});
