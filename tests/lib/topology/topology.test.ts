import { describe, expect, it } from 'vitest';
import { FabricMap, jobPaths } from '../../../lib/topology/index.ts';
import type { JobPlacement, Link } from '../../../lib/topology/types.ts';
import { leafSpine } from '../detectors/frames.ts';

const fabric = leafSpine(3, 2, 2);
const map = new FabricMap(fabric.devices, fabric.links);

function job(hosts: string[], ports = true): JobPlacement {
  return {
    job: 'j',
    hosts,
    ranks: ports ? hosts.map((device, rank) => ({ rank, device, port: '1' })) : [],
    source: 'config',
  };
}

describe('fabric map', () => {
  it('knows both ends of a cable', () => {
    expect(map.peerOf('leaf0', '1')).toEqual({ device: 'host00', port: '1' });
    expect(map.peerOf('host00', '1')).toEqual({ device: 'leaf0', port: '1' });
    expect(map.peerOf('leaf0', '99')).toBeUndefined();
    expect(map.expectedRateOf('spine0', '1')).toBe(100e9);
  });

  it('follows the NICs a job says it uses, where the cables know them, and else all of the host', () => {
    const cables: Link[] = ['mlx5_0', 'mlx5_1', 'eth0'].map((port, n) => ({
      a: { device: 'h', port },
      b: { device: 'leaf', port: String(n) },
      source: 'lldp',
    }));
    const own = new FabricMap([], cables);
    const nics = (...ports: string[]) =>
      own.jobNics({ ...job(['h'], false), nics: ports.map((port) => ({ device: 'h', port })) }).map(({ port }) => port);
    expect(nics('mlx5_0', 'mlx5_1')).toEqual(['mlx5_0', 'mlx5_1']);
    expect(nics('mlx5_bond_0')).toEqual(['mlx5_0', 'mlx5_1', 'eth0']);
    expect(nics()).toEqual(['mlx5_0', 'mlx5_1', 'eth0']);
  });

  it('infers leaf and spine from the cables where nobody names them', () => {
    const bare = fabric.devices.map((device) =>
      device.role === 'host' ? device : { ...device, role: 'unknown' as const },
    );
    const inferred = new FabricMap(bare, fabric.links);
    expect(inferred.roleOf('leaf2')).toBe('leaf');
    expect(inferred.roleOf('spine1')).toBe('spine');
    expect(inferred.roleOf('never heard of')).toBe('unknown');
  });

  it('survives a peer nobody knows and a port linked to itself', () => {
    const odd: Link[] = [
      { a: { device: 'x', port: '1' }, b: { device: 'x', port: '1' }, source: 'config' },
      { a: { device: 'x', port: '2' }, b: { device: 'y', port: '7' }, source: 'lldp' },
    ];
    const small = new FabricMap([], odd);
    expect(small.peerOf('x', '1')).toBeUndefined();
    expect(small.neighboursOf('x').byPort.get('2')).toMatchObject({
      peer: { device: 'y', port: '7' },
      peerRole: 'unknown',
    });
  });
});

describe('ports of a job', () => {
  it('under one leaf are its NICs and the ports that face them', () => {
    const paths = jobPaths(map, job(['host00', 'host01']));
    expect([...paths.nics]).toEqual(['host00\n1', 'host01\n1']);
    expect([...paths.edge]).toEqual(['leaf0\n1', 'leaf0\n2']);
    expect(paths.fabric.size).toBe(0);
  });

  it('across leaves include every way between them, and no other leaf', () => {
    const { fabric: ways } = jobPaths(map, job(['host00', 'host10']));
    expect([...ways].sort()).toEqual(
      ['leaf0\n3', 'leaf0\n4', 'leaf1\n3', 'leaf1\n4', 'spine0\n1', 'spine0\n2', 'spine1\n1', 'spine1\n2'].sort(),
    );
  });

  it('follow from hosts where no rank is known', () => {
    expect(jobPaths(map, job(['host20'], false)).nics).toEqual(new Set(['host20\n1']));
    expect(jobPaths(map, job(['elsewhere'])).fabric.size).toBe(0);
  });
});
