import { describe, expect, it } from 'vitest';
import { buildFabric } from '../../../collectors/infiniband/fabric.ts';
import { linkRate, parseLinkHints, parsePerfquery, parseTopology } from '../../../collectors/infiniband/parse.ts';
import { readNodeName } from '../../../lib/topology/infiniband-names.ts';
import { EXTENDED, LINKINFO, TOPOLOGY } from './outputs.ts';

describe('ibnetdiscover -p', () => {
  const { ports, otherLines } = parseTopology(TOPOLOGY);

  it('reads linked and unplugged ports', () => {
    expect(otherLines).toBe(0);
    expect(ports).toHaveLength(6);
    expect(ports[0]).toEqual({
      kind: 'SW',
      lid: 7,
      port: 3,
      guid: '0x98039b0300aa1100',
      description: 'leaf-07 Quantum-2',
      width: 4,
      speed: 'NDR',
      peer: { kind: 'CA', lid: 12, port: 1, guid: '0x98039b0300bb2200', description: 'gpu-node-31 mlx5_4' },
    });
    expect(ports[2]).toMatchObject({ port: 5, description: 'leaf-07 Quantum-2' });
    expect(ports[2]?.peer).toBeUndefined();
  });

  it('reads names with quotes and dashes in them, and counts what is no port', () => {
    const odd = "SW   7  3 0x1 4x NDR - CA   12  1 0x2 ( 'a' - b' - 'c' )\nibwarn: [1] something\n";
    expect(parseTopology(odd)).toMatchObject({
      otherLines: 1,
      ports: [{ description: "a' - b", peer: { description: 'c' } }],
    });
  });

  it('makes devices, ports and cables of them', () => {
    const fabric = buildFabric(ports, parseLinkHints(LINKINFO), {}, { hosts: true });
    expect(fabric.devices.map(({ device, role }) => `${device} ${role}`)).toEqual([
      'leaf-07 Quantum-2 switch',
      'gpu-node-31 host',
      'spine-01 switch',
    ]);
    expect(fabric.links).toEqual([
      {
        a: { device: 'leaf-07 Quantum-2', port: '3' },
        b: { device: 'gpu-node-31', port: 'mlx5_4' },
        source: 'infiniband',
        bothEnds: true,
      },
      {
        a: { device: 'leaf-07 Quantum-2', port: '4' },
        b: { device: 'spine-01', port: '9' },
        source: 'infiniband',
        bothEnds: true,
        linkRateBitsPerSec: 400e9,
      },
    ]);
    expect(fabric.remarks).toEqual([expect.stringContaining('leaf-07 Quantum-2/4 runs at 2x NDR')]);
    expect(fabric.ports.find(({ port }) => port === '4')?.linkRateBitsPerSec).toBe(200e9);
    expect(fabric.ports.some(({ port }) => port === '5')).toBe(false);
  });

  it('leaves adapters to the host collector, and keeps a port that has been unplugged as down', () => {
    const before = buildFabric(ports, [], {}, { hosts: false });
    expect(before.ports.map(({ device }) => device)).not.toContain('gpu-node-31');
    expect(before.devices).toContainEqual({ device: 'gpu-node-31', role: 'host', polled: false });
    const { peer: _, ...unplugged } = ports[0]!;
    const after = buildFabric([unplugged, ...ports.slice(1)], [], {}, { hosts: false, known: before.ports });
    expect(after.ports.find(({ port }) => port === '3')).toMatchObject({ up: false, linkRateBitsPerSec: Number.NaN });
    expect(after.remarks).toEqual([]);
    const withoutSpine = buildFabric(
      ports.filter(({ guid }) => guid !== '0x98039b0300cc3300'),
      parseLinkHints(LINKINFO),
      {},
      { hosts: false, known: before.ports },
    );
    expect(withoutSpine.remarks).toEqual([
      'spine-01: 1 ports are no longer in the fabric',
      expect.stringContaining('leaf-07 Quantum-2/4 runs at 2x NDR'),
    ]);
  });

  it('tells nodes with one description apart, and lets the config name them', () => {
    const twins = parseTopology(
      [
        "SW 1 1 0xa 4x HDR - SW 2 1 0xb ( 'Quantum' - 'Quantum' )",
        "SW 2 1 0xb 4x HDR - SW 1 1 0xa ( 'Quantum' - 'Quantum' )",
      ].join('\n'),
    ).ports;
    const guid = '0x000000000000000a';
    expect(buildFabric(twins, [], {}).devices.map(({ device }) => device)).toEqual([
      `Quantum (${guid})`,
      'Quantum (0x000000000000000b)',
    ]);
    expect(buildFabric(twins, [], { '0xA': 'leaf1' }).devices[0]?.device).toBe('leaf1');
  });
});

it.each([
  ['gpu07 mlx5_0', { device: 'gpu07', card: 'mlx5_0' }],
  ['gpu07 HCA-1', { device: 'gpu07', card: 'HCA-1' }],
  ['MF0;leaf-07:MQM9700/U1', { device: 'leaf-07' }],
  ['Quantum Mellanox Technologies', { device: 'Quantum Mellanox Technologies' }],
  ['gpu07', { device: 'gpu07' }],
])('node description %s', (description, expected) => {
  expect(readNodeName(description)).toEqual(expected);
});

it.each([
  [4, 'NDR', 400e9],
  [4, 'EDR', 100e9],
  [1, 'SDR', 2e9],
  [4, '???', Number.NaN],
  [0, 'NDR', Number.NaN],
  [4, 'constructor', Number.NaN],
])('%ix %s', (width, speed, expected) => {
  expect(linkRate(width, speed)).toBe(expected);
});

describe('perfquery', () => {
  it('reads 64-bit counters: words are four bytes', () => {
    const [port] = parsePerfquery(EXTENDED);
    expect(port).toMatchObject({ lid: 14, port: 3, extended: true, saturated: [] });
    const { high, low, widthBits } = port!.values.get('txBytes')!;
    expect((BigInt(high) << 32n) + BigInt(low)).toBe(900_719_925_474n * 4n);
    expect(widthBits).toBe(64);
    expect(port?.values.get('xmitWaitTicks')).toEqual({ high: 0, low: 55_310_922, widthBits: 64 });
  });

  it('keeps classic counters at their end unknown, and says so', () => {
    const [port] = parsePerfquery(
      [
        '# Port counters: Lid 2 port 3 (CapMask: 0x1200)',
        'SymbolErrorCounter:..............65535',
        'LinkDownedCounter:...............255',
        'PortXmitDiscards:................65534',
        'PortXmitData:....................4294967295',
        'PortRcvData:.....................N/A',
        'PortXmitWait:....................77',
      ].join('\n'),
    );
    expect([...port!.values.keys()]).toEqual(['drops', 'xmitWaitTicks']);
    expect(port?.saturated).toEqual([
      'SymbolErrorCounter stands at its end (65535)',
      'LinkDownedCounter stands at its end (255)',
      'PortXmitData stands at its end (4294967295)',
    ]);
  });

  it('reads several ports, and what came before a failure', () => {
    const two = `${EXTENDED}${EXTENDED.replace('port 3', 'port 4')}perfquery: iberror: failed: perfextquery\n`;
    expect(parsePerfquery(two).map(({ port }) => port)).toEqual([3, 4]);
  });
});
