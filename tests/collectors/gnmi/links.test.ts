import { afterEach, expect, it } from 'vitest';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { LinkTeller } from '../../../collectors/gnmi/links.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigLinks } from '../../../collectors/gnmi/paths/openconfig-links.ts';
import type { Link } from '../../../lib/topology/types.ts';
import { device } from './device.ts';
import { counterPath, INTERFACE, type Keyed, path, response, update } from './messages.ts';

const tellers: LinkTeller[] = [];
afterEach(() => {
  for (const teller of tellers.splice(0)) teller.stop();
});

/** A device of the config with some ports; `hears` is what LLDP says on one of them. */
function switchNamed(name: string, ports: string[]) {
  const table = new DeviceTable(() => true);
  const told: Link[][] = [];
  const teller = new LinkTeller(name, 'switch', table, ({ links }) => told.push(links));
  tellers.push(teller);
  device(openconfigInterfaces, table).take(
    response({ parts: ports.map((port) => update(counterPath(port, 'in-octets'), { uint: 1n })) }),
  );
  const links = device(openconfigLinks, table);
  const text = (at: Keyed[], value: string) => links.take(response({ parts: [update(path(at), { text: value })] }));
  return {
    table,
    told,
    look: () => teller.look(),
    isCalled: (sysName: string) => text(['lldp', 'state', 'system-name'], sysName),
    hears: (port: string, fields: Record<string, string>) => {
      const at: Keyed[] = ['lldp', 'interfaces', ['interface', { name: port }], 'neighbors', ['neighbor', { id: '1' }]];
      for (const [field, value] of Object.entries(fields)) text([...at, 'state', field], value);
    },
  };
}

it('a neighbour that is a target goes by its name in the configuration, as soon as that is known', () => {
  const leaf = switchNamed('leaf1', ['Ethernet49/1']);
  const spine = switchNamed('spine1', ['Ethernet3/1']);
  leaf.hears('Ethernet49/1', { 'system-name': 'sp-a.dc1.example.net', 'port-id': 'Ethernet3/1' });
  leaf.look();
  expect(leaf.told.at(-1)![0]!.b).toEqual({ device: 'sp-a.dc1.example.net', port: 'Ethernet3/1' });
  spine.isCalled('sp-a.dc1.example.net');
  spine.look();
  leaf.look();
  expect(leaf.told.at(-1)![0]!.b).toEqual({ device: 'spine1', port: 'Ethernet3/1' });
});

it('says nothing while nothing changes', () => {
  const leaf = switchNamed('leaf1', ['Ethernet1']);
  leaf.hears('Ethernet1', { 'system-name': 'gpu1', 'port-id': 'mlx5_0' });
  leaf.look();
  leaf.look();
  leaf.hears('Ethernet1', { 'system-name': 'gpu1' });
  leaf.look();
  expect(leaf.told).toHaveLength(1);
});

it('a port of an aggregation group names its group', () => {
  const leaf = switchNamed('leaf1', ['Ethernet1', 'Ethernet2']);
  device(openconfigInterfaces, leaf.table).take(
    response({
      parts: [
        update(path([...INTERFACE('Ethernet2'), 'ethernet', 'state', 'aggregate-id']), { text: 'Port-Channel7' }),
      ],
    }),
  );
  for (const port of ['Ethernet1', 'Ethernet2']) leaf.hears(port, { 'system-name': 'gpu1', 'port-id': `nic-${port}` });
  leaf.look();
  expect(leaf.told.at(-1)!.map(({ lag }) => lag)).toEqual([undefined, { a: 'Port-Channel7' }]);
});

it('a MAC as port id is no name where a description is one', () => {
  const leaf = switchNamed('leaf1', ['Ethernet1']);
  leaf.hears('Ethernet1', {
    'system-name': 'gpu1',
    'port-id': 'b859.9f00.0001',
    'port-id-type': 'openconfig-lldp-types:MAC_ADDRESS',
    'port-description': 'mlx5_0',
  });
  leaf.look();
  expect(leaf.told.at(-1)![0]!.b).toEqual({ device: 'gpu1', port: 'mlx5_0' });
});
