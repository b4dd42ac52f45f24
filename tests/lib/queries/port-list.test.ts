import { beforeEach, describe, expect, it } from 'vitest';
import { FabricState } from '../../../lib/queries/fabric-state.ts';
import { LiveValues } from '../../../lib/queries/live-values.ts';
import { PortList, type PortListQuery } from '../../../lib/queries/port-list.ts';

const T0 = Date.UTC(2026, 10, 22, 17, 0, 0);

describe('PortList', () => {
  let live: LiveValues;
  let list: PortList;

  const add = (device: string, pauses: Record<string, number>, endMs = T0) => {
    const ports = Object.keys(pauses);
    const values = Float64Array.from(Object.values(pauses));
    live.add({
      device,
      ports,
      startMs: Float64Array.from(ports, () => endMs - 1000),
      endMs: Float64Array.from(ports, () => endMs),
      quality: new Uint8Array(ports.length),
      columns: [{ field: 'rxPauseFraction', priority: -1, values }],
    });
  };
  const names = (query: PortListQuery, nowMs = T0) =>
    list.page(query, nowMs).items.map(({ device, port }) => `${device}/${port}`);

  beforeEach(() => {
    live = new LiveValues();
    const fabric = new FabricState();
    fabric.configure({
      devices: [],
      links: [
        { a: { device: 'leaf2', port: 'E10' }, b: { device: 'gpu07', port: 'mlx5_0' }, source: 'config' },
        { a: { device: 'leaf10', port: 'E2' }, b: { device: 'gpu08', port: 'mlx5_0' }, source: 'config' },
      ],
      jobs: [{ job: 'llama', hosts: ['gpu08'], ranks: [], source: 'config' }],
    });
    list = new PortList(live, fabric);
    add('leaf10', { E2: 0.5 });
    add('leaf2', { E10: 0.1, E9: Number.NaN, E8: 0.5 });
  });

  it('sorts numbers in names as numbers, both ways', () => {
    expect(names({ sort: 'port' })).toEqual(['leaf2/E8', 'leaf2/E9', 'leaf2/E10', 'leaf10/E2']);
    expect(names({ sort: 'port', desc: true })[0]).toBe('leaf10/E2');
  });

  it('sorts by a field: equal ones by name, those that do not have it last, whichever way', () => {
    const desc = names({ sort: 'rxPauseFraction', desc: true });
    expect(desc).toEqual(['leaf2/E8', 'leaf10/E2', 'leaf2/E10', 'leaf2/E9']);
    expect(names({ sort: 'rxPauseFraction' })).toEqual(['leaf2/E10', 'leaf2/E8', 'leaf10/E2', 'leaf2/E9']);
  });

  it('filters by every word, in names, other ends and jobs', () => {
    expect(names({ sort: 'port', search: 'LEAF2 e9' })).toEqual(['leaf2/E9']);
    expect(names({ search: 'gpu07' })).toEqual(['leaf2/E10']);
    expect(names({ search: 'job:llama' })).toEqual(['leaf10/E2']);
    expect(names({ search: 'device:leaf1' })).toEqual(['leaf10/E2']);
    expect(names({ search: 'nothing' })).toEqual([]);
  });

  it('counts what is known, what matches and what of that is stale', () => {
    add('leaf10', { E2: 0.5 }, T0 + 10_000);
    expect(list.page({ search: 'leaf2', limit: 2 }, T0 + 10_000)).toMatchObject({ all: 4, total: 3, stale: 3 });
  });

  it('pages by offset and by cursor in a sorted list, by name alone in an unsorted one', () => {
    const first = list.page({ sort: 'port', limit: 3 }, T0);
    expect(first.items).toHaveLength(3);
    expect(names({ sort: 'port', cursor: first.nextCursor ?? '' })).toEqual(['leaf10/E2']);
    expect(names({ sort: 'port', offset: 2, limit: 1 })).toEqual(['leaf2/E10']);
    const plain = list.page({ limit: 2 }, T0);
    expect(plain.items.map(({ port }) => port)).toEqual(['E2', 'E10']);
    expect(names({ cursor: plain.nextCursor ?? '' })).toEqual(['leaf2/E8', 'leaf2/E9']);
    expect(() => list.page({ sort: 'port', cursor: 'nonsense' }, T0)).toThrow('cursor');
  });

  it('gives pages of one moment from one order, and a new order a second later', () => {
    expect(names({ sort: 'rxPauseFraction', desc: true, limit: 1 })).toEqual(['leaf2/E8']);
    add('leaf2', { E9: 0.9 }, T0 + 500);
    expect(names({ sort: 'rxPauseFraction', desc: true, limit: 1 }, T0 + 500)).toEqual(['leaf2/E8']);
    expect(names({ sort: 'rxPauseFraction', desc: true, limit: 1 }, T0 + 1000)).toEqual(['leaf2/E9']);
  });

  it('knows a port from its first sample on', () => {
    expect(names({ search: 'spine1' })).toEqual([]);
    add('spine1', { E1: 0 });
    expect(names({ search: 'spine1' })).toEqual(['spine1/E1']);
  });
});
