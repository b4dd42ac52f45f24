import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../collectors/gnmi/intake/known-bytes.ts';
import { Budget } from '../../../collectors/gnmi/intake/path-cache.ts';
import { PathMemory } from '../../../collectors/gnmi/intake/path-memory.ts';
import { SlotFinder } from '../../../collectors/gnmi/intake/slots.ts';
import { DeviceTable, MAX_PORTS } from '../../../collectors/gnmi/intake/table.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigLinks } from '../../../collectors/gnmi/paths/openconfig-links.ts';
import { openconfigQueues } from '../../../collectors/gnmi/paths/openconfig-queues.ts';
import { device } from './device.ts';
import { counterPath, type Keyed, path, response, update } from './messages.ts';

describe('a device that never stops sending new paths', () => {
  it('is begun anew with when its paths have taken their share, and is read as before', () => {
    const table = new DeviceTable(() => true);
    const memory = new PathMemory(new SlotFinder(openconfigInterfaces, table, 0), new Budget(20_000));
    const found = (port: string) => {
      const bytes = counterPath(port, 'in-octets');
      const view = viewOf(bytes);
      const prefix = memory.prefixAt(bytes, view, 0, 0);
      return memory.entryAt(prefix, prefix.before, bytes, view, 0, bytes.length);
    };
    const first = found('Ethernet1');
    expect(found('Ethernet1')).toBe(first);
    let starts = 0;
    for (let port = 0; port < 500; port++) {
      if (memory.isFull) {
        memory.clear();
        starts++;
      }
      found(`port${port}`);
    }
    expect(starts).toBeGreaterThan(3);
    expect(found('Ethernet1')).not.toBe(first);
    expect(found('Ethernet1').slot).toMatchObject({ kind: 'counter', port: 0 });
  });

  it('of ports, summands and neighbours keeps as many as a switch may have', () => {
    const table = new DeviceTable(() => true);
    const ports = device(openconfigInterfaces, table);
    for (let port = 0; port < MAX_PORTS + 500; port++)
      ports.take(response({ parts: [update(counterPath(`port${port}`, 'in-octets'), { uint: 1n })] }));
    expect(table.names).toHaveLength(MAX_PORTS);

    const few = new DeviceTable(() => true);
    const queues = device(openconfigQueues, few);
    const links = device(openconfigLinks, few);
    const base: Keyed[] = ['qos', 'interfaces', ['interface', { 'interface-id': 'Ethernet1' }], 'output', 'queues'];
    for (let index = 0; index < 500; index++) {
      const queue = path([...base, ['queue', { name: `gold-${index}x` }], 'state', 'ecn-marked-pkts']);
      queues.take(response({ parts: [update(queue, { uint: 1n })] }));
      const neighbour: Keyed[] = ['lldp', 'interfaces', ['interface', { name: 'Ethernet1' }], 'neighbors'];
      const name = path([...neighbour, ['neighbor', { id: String(index) }], 'state', 'system-name']);
      links.take(response({ parts: [update(name, { text: `host${index}` })] }));
    }
    expect(queues.counter('ecnMarkedPackets')).toBe(64n);
    expect(few.neighbours.latest).toEqual([[0, { sysName: 'host499' }]]);
  });

  it('a message that is read does not stay in memory because of the paths learnt from it', () => {
    const leaf = device(openconfigInterfaces);
    const message = response({ parts: [update(counterPath('Ethernet1', 'in-octets'), { uint: 1n })] });
    const before = Buffer.from(message);
    leaf.take(message);
    // A learnt path that were a view of the message would change with it.
    message.fill(0);
    leaf.take(before);
    expect(leaf.counter('rxBytes')).toBe(1n);
    expect(leaf.table.names).toEqual(['Ethernet1']);
  });
});
