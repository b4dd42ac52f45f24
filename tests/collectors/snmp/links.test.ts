import { describe, expect, it } from 'vitest';
import type { FoundNeighbour } from '../../../collectors/snmp/discovery/lldp.ts';
import { linksOf, type Surroundings } from '../../../collectors/snmp/links.ts';
import { FabricNames } from '../../../collectors/snmp/names.ts';
import { found } from './discovery/found.ts';

function heard(ifIndex: number, parts: Partial<FoundNeighbour> = {}): FoundNeighbour {
  return {
    ifIndex,
    chassisId: '00:11:22:33:44:55',
    sysName: 'spine1.dc1.example.net',
    portId: 'Ethernet9/1',
    portIsMac: false,
    portDescription: '',
    role: 'switch',
    ...parts,
  };
}

function around(neighbours: FoundNeighbour[], parts: Partial<Surroundings> = {}): Surroundings {
  return { interfaces: [found(1, 'Ethernet1'), found(2, 'Ethernet2')], neighbours, lagMembers: [], ...parts };
}

function links(surroundings: Surroundings, names = new FabricNames()) {
  return linksOf('leaf1', 'leaf', surroundings, names);
}

describe('links of a device', () => {
  it("go by a foreign neighbour's own words", () => {
    const { devices, links: found } = links(around([heard(1)]));
    const b = { device: 'spine1.dc1.example.net', port: 'Ethernet9/1' };
    expect(found).toEqual([{ a: { device: 'leaf1', port: 'Ethernet1' }, b, source: 'lldp' }]);
    expect(devices).toContainEqual({ device: b.device, role: 'switch', polled: false });
  });

  it.each([
    ['its chassis', heard(1, { sysName: 'whatever' })],
    ['its system name', heard(1, { chassisId: '' })],
    ['its system name without the domain', heard(1, { chassisId: '', sysName: 'spine1.other.example' })],
  ])('go by the name in the config where the neighbour is a target, known by %s', (_, neighbour) => {
    const names = new FabricNames();
    const sysName = neighbour.sysName.includes('other') ? 'spine1' : 'spine1.dc1.example.net';
    const interfaces = [found(5, 'swp9s0', { ifAlias: 'Ethernet9/1' })];
    names.set('s1', { sysName, chassisId: '00:11:22:33:44:55', interfaces, lagMembers: [] });
    const { devices, links: all } = links(around([neighbour]), names);
    expect(all[0]!.b).toEqual({ device: 's1', port: 'swp9s0' });
    expect(devices).toContainEqual({ device: 's1', role: 'switch', polled: true });
  });

  it('find the port of a target by its MAC, unless all its ports have the same', () => {
    const neighbour = heard(1, { portId: '02:42:ac:11:00:09', portIsMac: true, portDescription: 'to leaf 1' });
    const names = new FabricNames();
    const one = found(8, 'mlx5_0', { mac: '02:42:ac:11:00:09' });
    names.set('gpu07', { sysName: '', chassisId: neighbour.chassisId, interfaces: [one], lagMembers: [] });
    expect(links(around([neighbour]), names).links[0]!.b).toEqual({ device: 'gpu07', port: 'mlx5_0' });
    const other = found(9, 'mlx5_1', { mac: '02:42:ac:11:00:09', ifAlias: 'to leaf 1' });
    names.set('gpu07', { sysName: '', chassisId: neighbour.chassisId, interfaces: [one, other], lagMembers: [] });
    expect(links(around([neighbour]), names).links[0]!.b.port).toBe('mlx5_1');
  });

  it('call a foreign NIC by its description rather than its MAC, and leave out who has no name', () => {
    const nic = heard(1, { sysName: 'gpu07', portId: '02:42:ac:11:00:09', portIsMac: true, portDescription: 'mlx5_0' });
    expect(links(around([nic])).links[0]!.b).toEqual({ device: 'gpu07', port: 'mlx5_0' });
    expect(links(around([{ ...nic, portDescription: '' }])).links[0]!.b.port).toBe('02:42:ac:11:00:09');
    const nobody = heard(2, { sysName: '', chassisId: '' });
    const noPort = heard(2, { portId: '' });
    const unknownHere = heard(77);
    expect(links(around([nobody, noPort, unknownHere])).links).toEqual([]);
  });

  it('say of which aggregation group a port is a member', () => {
    const interfaces = [found(1, 'Ethernet1'), found(2, 'Ethernet2'), found(1001, 'PortChannel1', { ifType: 161 })];
    const lagMembers = [{ ifIndex: 1, lagIfIndex: 1001 }];
    const { links: all } = links(around([heard(1), heard(2, { portId: 'Ethernet9/2' })], { interfaces, lagMembers }));
    expect(all.map(({ a, lag }) => [a.port, lag])).toEqual([
      ['Ethernet1', { a: 'PortChannel1' }],
      ['Ethernet2', undefined],
    ]);
  });

  it('say so of the other end too, where it is a target', () => {
    const names = new FabricNames();
    const interfaces = [found(9, 'Ethernet9/1'), found(1005, 'PortChannel5', { ifType: 161 })];
    const lagMembers = [{ ifIndex: 9, lagIfIndex: 1005 }];
    names.set('s1', { sysName: 'spine1', chassisId: '00:11:22:33:44:55', interfaces, lagMembers });
    expect(links(around([heard(1)]), names).links[0]!.lag).toEqual({ b: 'PortChannel5' });
  });

  it('of a neighbour heard on a group are links of its members', () => {
    const interfaces = [found(1, 'Ethernet1'), found(2, 'Ethernet2'), found(1001, 'PortChannel1', { ifType: 161 })];
    const lagMembers = [1, 2].map((ifIndex) => ({ ifIndex, lagIfIndex: 1001 }));
    const { links: all } = links(around([heard(1001, { portId: 'bond0' })], { interfaces, lagMembers }));
    expect(all.map(({ a, b, lag }) => [a.port, b.port, lag])).toEqual([
      ['Ethernet1', 'bond0', { a: 'PortChannel1' }],
      ['Ethernet2', 'bond0', { a: 'PortChannel1' }],
    ]);
  });
});

describe('names of the polled devices', () => {
  const known = { sysName: 'spine1', chassisId: 'aa', interfaces: [], lagMembers: [] };

  it('grow a version only when they change', () => {
    const names = new FabricNames();
    names.set('s1', known);
    const { version } = names;
    names.set('s1', { ...known });
    expect(names.version).toBe(version);
    names.set('s1', { ...known, sysName: 'spine01' });
    expect(names.version).toBeGreaterThan(version);
  });

  it('are forgotten with their device, and with a name it had before', () => {
    const names = new FabricNames();
    names.set('s1', known);
    names.set('s1', { ...known, sysName: 'renamed' });
    const by = (sysName: string): string | undefined => names.deviceOf(heard(1, { chassisId: '', sysName }));
    expect(by('spine1')).toBeUndefined();
    expect(by('renamed')).toBe('s1');
    names.forget('s1');
    expect(by('renamed')).toBeUndefined();
  });
});
