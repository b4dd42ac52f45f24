import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../collectors/gnmi/intake/known-bytes.ts';
import { Budget } from '../../../collectors/gnmi/intake/path-cache.ts';
import { PathMemory } from '../../../collectors/gnmi/intake/path-memory.ts';
import { SlotFinder } from '../../../collectors/gnmi/intake/slots.ts';
import { DeviceTable, MAX_PORTS } from '../../../collectors/gnmi/intake/table.ts';
import { aristaPfc } from '../../../collectors/gnmi/paths/arista-pfc.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { openconfigLinks } from '../../../collectors/gnmi/paths/openconfig-links.ts';
import { openconfigQueues } from '../../../collectors/gnmi/paths/openconfig-queues.ts';
import type { CounterName } from '../../../lib/counters/reading.ts';
import { device, NOW } from './device.ts';
import { counterPath, INTERFACE, type Keyed, path, response, update } from './messages.ts';

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

  it('nor do the bytes it came in, while the stream rests', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const leaf = device(openconfigInterfaces);
    const took = (): WeakRef<ArrayBufferLike> => {
      const parts = [update(counterPath('Ethernet1', 'in-octets'), { uint: 1n })];
      const message = new Uint8Array(response({ parts }));
      leaf.intake.subscribeResponse(message, NOW);
      expect(() => leaf.intake.subscribeResponse(message.subarray(0, -1), NOW)).toThrow();
      return new WeakRef(message.buffer);
    };
    const bytes = took();
    // A WeakRef holds what it points to until the end of its turn.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(bytes.deref()).toBeUndefined();
    expect(leaf.counter('rxBytes')).toBe(1n);
  });
});

const COUNTER_OF: Record<string, CounterName> = {
  'in-frames': 'rxPauseFrames',
  'out-frames': 'txPauseFrames',
  'rx-transitions': 'rxPauseTransitions',
};

describe('the same leaves of many ports', () => {
  const base = (port: string, priority: number): Keyed[] => [
    ...INTERFACE(port),
    ...(['ethernet', 'pfc', 'priorities'] as const),
    ['priority', { index: String(priority) }],
  ];

  it('are remembered once', () => {
    const memory = new PathMemory(new SlotFinder(aristaPfc, new DeviceTable(() => true), 0), new Budget());
    const found = (port: string, priority: number, leaf: string) => {
      const prefixBytes = path(base(port, priority));
      const prefix = memory.prefixAt(prefixBytes, viewOf(prefixBytes), 0, prefixBytes.length);
      const bytes = path(['state', leaf]);
      return memory.entryAt(prefix, prefix.before, bytes, viewOf(bytes), 0, bytes.length);
    };
    const first = found('Ethernet1', 3, 'in-frames');
    expect(found('Ethernet2', 3, 'in-frames')).toBe(first);
    expect(found('Ethernet1', 3, 'in-frames')).toBe(first);
    expect(found('Ethernet2', 4, 'in-frames')).not.toBe(first);
    expect(found('Ethernet2', 3, 'unknown')).toBe(found('Ethernet1', 4, 'unknown'));
    // A state is kept by each port.
    const gauge = 'all-buffers-octets-max-last-poll';
    expect(found('Ethernet1', 3, gauge)).not.toBe(found('Ethernet2', 3, gauge));
  });

  it('are told apart by port and list, in whatever order they come and wherever the path is cut', () => {
    const leaves = ['in-frames', 'out-frames', 'rx-transitions', 'other', 'all-buffers-octets-max-last-poll'];
    const one = fc.record({
      port: fc.constantFrom('Ethernet1', 'Ethernet2', 'Ethernet3', 'Loopback0'),
      priority: fc.integer({ min: 0, max: 3 }),
      leaves: fc.shuffledSubarray(leaves),
      cut: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (sent) => {
        const leaf = device(aristaPfc, new DeviceTable((port) => port.startsWith('Ethernet')));
        const last = new Map<string, bigint>();
        let next = 1n;
        for (const { port, priority, leaves: names, cut } of sent) {
          const elems = [...base(port, priority), 'state'];
          const parts = names.map((name) => {
            last.set(`${port} ${priority} ${name}`, ++next);
            return update(path([...elems.slice(cut), name]), { uint: next });
          });
          leaf.take(response({ prefix: path(elems.slice(0, cut)), parts }));
        }
        // Without a counter there is no frame, and no gauge either.
        const any = [...last.keys()].some((key) => /^Ethernet.*(frames|transitions)$/.test(key));
        for (const [key, value] of last) {
          const [port = '', priority = '', name = ''] = key.split(' ');
          const counter = COUNTER_OF[name];
          const read = port.startsWith('Ethernet');
          if (counter !== undefined) expect(leaf.counter(counter, port, Number(priority))).toBe(read ? value : null);
          if (read && any && name.startsWith('all-buffers'))
            expect(leaf.gauge('ingressWatermarkBytes', port, Number(priority))).toBe(Number(value));
        }
      }),
    );
  });

  it('beyond those a set can have are remembered by each port, and read all the same', () => {
    const table = new DeviceTable(() => true);
    const ports = device(openconfigInterfaces, table);
    const prefix = (port: string) => path([...INTERFACE(port), 'state', 'counters']);
    for (const port of ['Ethernet1', 'Ethernet2']) {
      const useless = Array.from({ length: 1000 }, (_, index) => update(path([`leaf${index}`]), { uint: 1n }));
      ports.take(response({ prefix: prefix(port), parts: useless }));
    }
    for (const [port, value] of [
      ['Ethernet1', 7n],
      ['Ethernet2', 8n],
    ] as const)
      ports.take(response({ prefix: prefix(port), parts: [update(path(['in-octets']), { uint: value })] }));
    expect([ports.counter('rxBytes'), ports.counter('rxBytes', 'Ethernet2')]).toEqual([7n, 8n]);
  });
});
