import { describe, expect, it } from 'vitest';
import type { FoundInterface } from '../../../../collectors/snmp/discovery/interfaces.ts';
import { type FoundNeighbour, readNeighbours } from '../../../../collectors/snmp/discovery/lldp.ts';
import { asked, type FakeObject, object } from '../fake-agent.ts';
import { found } from './found.ts';

const V1 = '1.0.8802.1.1.2.1';
const V2 = '1.3.111.2.802.1.1.13.1';

interface Heard {
  /** TimeMark.localPort.remoteIndex (v1), TimeMark.ifIndex.destination.remoteIndex (v2). */
  index: string;
  chassis?: [subtype: number, type: '4' | '4x', value: string];
  port: [subtype: number, type: '4' | '4x', value: string];
  description?: string;
  sysName?: string;
  capabilities?: string;
}

function remote(entry: string, first: number, last: number, heard: readonly Heard[]): FakeObject[] {
  return heard.flatMap(({ index, chassis = [4, '4x', '001122334455'], port, ...rest }) => [
    object(`${entry}.${first}.${index}`, '2', String(chassis[0])),
    object(`${entry}.${first + 1}.${index}`, chassis[1], chassis[2]),
    object(`${entry}.${first + 2}.${index}`, '2', String(port[0])),
    object(`${entry}.${first + 3}.${index}`, port[1], port[2]),
    object(`${entry}.${first + 4}.${index}`, '4', rest.description ?? ''),
    object(`${entry}.${first + 5}.${index}`, '4', rest.sysName ?? 'spine1'),
    object(`${entry}.${last}.${index}`, '4x', rest.capabilities ?? '2800'),
  ]);
}
const v1 = (heard: readonly Heard[]): FakeObject[] => remote(`${V1}.4.1.1`, 4, 12, heard);
const v2 = (heard: readonly Heard[]): FakeObject[] => remote(`${V2}.4.1.1`, 5, 13, heard);

/** lldpLocPortTable: what the local port numbers are called. */
function local(ports: readonly [number: number, subtype: number, type: '4' | '4x', id: string][]): FakeObject[] {
  return ports.flatMap(([number, subtype, type, id]) => [
    object(`${V1}.3.7.1.2.${number}`, '2', String(subtype)),
    object(`${V1}.3.7.1.3.${number}`, type, id),
  ]);
}

function neighbours(objects: FakeObject[], interfaces: FoundInterface[]): Promise<FoundNeighbour[]> {
  return asked(objects, (session) => readNeighbours(session, interfaces));
}

const HEARD: Heard = { index: '0.7.1', port: [5, '4', 'Ethernet9/1'] };

describe('LLDP v1', () => {
  it.each([
    ['its name', local([[7, 5, '4', 'Ethernet1']]), {}],
    ['its alias', local([[7, 1, '4', 'to spine 1']]), { ifAlias: 'to spine 1' }],
    ['its MAC in six octets', local([[7, 3, '4x', '0242ac110003']]), { mac: '02:42:ac:11:00:03' }],
    ['its MAC as text', local([[7, 3, '4', '02:42:AC:11:00:03']]), { mac: '02:42:ac:11:00:03' }],
    ['its ifIndex as text', local([[7, 7, '4', '501']]), {}],
    ['the bridge port table', [object('1.3.6.1.2.1.17.1.4.1.2.7', '2', '501')], {}],
  ])('finds the local port by %s', async (_, objects, parts) => {
    const interfaces = [found(3, 'Ethernet3'), found(501, 'Ethernet1', parts)];
    const [neighbour] = await neighbours([...v1([HEARD]), ...objects], interfaces);
    expect(neighbour).toMatchObject({ ifIndex: 501, sysName: 'spine1', portId: 'Ethernet9/1', portIsMac: false });
  });

  it('takes the local port number as an ifIndex only when nothing else names it', async () => {
    const interfaces = [found(7, 'Ethernet7'), found(501, 'Ethernet1')];
    expect((await neighbours(v1([HEARD]), interfaces))[0]!.ifIndex).toBe(7);
    const named = await neighbours([...v1([HEARD]), ...local([[7, 5, '4', 'Ethernet1']])], interfaces);
    expect(named[0]!.ifIndex).toBe(501);
    expect(await neighbours(v1([HEARD]), [found(501, 'Ethernet1')])).toEqual([]);
  });

  it('reads a chassis of six octets and one of text as the same MAC', async () => {
    const interfaces = [found(7, 'Ethernet7'), found(8, 'Ethernet8')];
    const [eos, sonic] = await neighbours(
      v1([
        { ...HEARD, chassis: [4, '4x', 'aabbccddeeff'] },
        { ...HEARD, index: '44.8.1', chassis: [4, '4', 'AA:BB:CC:DD:EE:FF'] },
      ]),
      interfaces,
    );
    expect(eos!.chassisId).toBe('aa:bb:cc:dd:ee:ff');
    expect(sonic!.chassisId).toBe(eos!.chassisId);
  });

  it('keeps the neighbour of a port that was heard last', async () => {
    const [only, ...others] = await neighbours(
      v1([
        { ...HEARD, index: '90.7.2', sysName: 'new' },
        { ...HEARD, index: '12.7.9', sysName: 'old' },
      ]),
      [found(7, 'Ethernet7')],
    );
    expect(only!.sysName).toBe('new');
    expect(others).toEqual([]);
  });

  it.each([
    ['0100', 'host'],
    ['2800', 'switch'],
    ['20', 'switch'],
    ['80', 'unknown'],
  ])('capabilities %s are those of: %s', async (capabilities, role) => {
    const [neighbour] = await neighbours(v1([{ ...HEARD, capabilities }]), [found(7, 'Ethernet7')]);
    expect(neighbour!.role).toBe(role);
  });

  it('leaves no control characters of a neighbour in names', async () => {
    const heard: Heard = { ...HEARD, sysName: 'spine\u0007\n1', port: [5, '4', 'Eth\u001b[31m9'] };
    const [neighbour] = await neighbours(v1([heard]), [found(7, 'Ethernet7')]);
    expect(neighbour).toMatchObject({ sysName: 'spine 1', portId: 'Eth [31m9' });
  });
});

describe('LLDP v2', () => {
  it('is read where v1 has nothing; its local port is an ifIndex', async () => {
    const objects = v2([
      { index: '0.501.1.1', port: [3, '4x', '0242ac110009'], sysName: 'gpu07', capabilities: '0100' },
      { index: '5.502.1.2', port: [5, '4', 'Ethernet2'], description: 'to leaf 1' },
    ]);
    const heard = await neighbours(objects, [found(501, 'Ethernet1'), found(502, 'Ethernet2')]);
    expect(heard).toEqual([
      {
        ifIndex: 501,
        chassisId: '00:11:22:33:44:55',
        sysName: 'gpu07',
        portId: '02:42:ac:11:00:09',
        portIsMac: true,
        portDescription: '',
        role: 'host',
      },
      {
        ifIndex: 502,
        chassisId: '00:11:22:33:44:55',
        sysName: 'spine1',
        portId: 'Ethernet2',
        portIsMac: false,
        portDescription: 'to leaf 1',
        role: 'switch',
      },
    ]);
  });

  it('is not asked where v1 answers', async () => {
    const objects = [...v1([HEARD]), ...v2([{ index: '0.7.1.1', port: [5, '4', 'other'], sysName: 'other' }])];
    const heard = await neighbours(objects, [found(7, 'Ethernet7')]);
    expect(heard.map(({ sysName }) => sysName)).toEqual(['spine1']);
  });
});
