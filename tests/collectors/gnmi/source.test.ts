import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from './running.ts';

const bench = new Bench();
afterEach(() => bench.end());

const ALL_MODELS = ['openconfig-interfaces', 'openconfig-lldp', 'openconfig-platform-transceiver'];

describe('a gNMI source', () => {
  it('cuts one frame of all ports per sample', async () => {
    const target = await bench.target();
    const source = bench.source(target.address);
    await source.more(4);
    const frame = source.frames.at(-1)!;
    expect(frame.ports).toEqual(['Ethernet1', 'Ethernet2']);
    expect([...frame.linkUp]).toEqual([1, 1]);
    expect([...frame.linkRateBitsPerSec]).toEqual([400e9, 400e9]);
    expect(source.counter('rxBytes')).toBeGreaterThan(1n << 40n);
    expect(source.counter('rxPauseFrames', 'Ethernet2')).toBe(7n);
  });

  it('asks for counters at its interval, and for states on change with a heartbeat', async () => {
    const target = await bench.target();
    const source = bench.source(target.address);
    await source.more(1);
    const { subscribe } = target.requests[0]!;
    expect(subscribe).toMatchObject({ mode: 'STREAM', encoding: 'PROTO', prefix: { origin: 'openconfig' } });
    const asked = subscribe!.subscription.map(({ path, mode, sample_interval, heartbeat_interval }) => [
      path.elem!.at(-1)!.name,
      mode,
      mode === 'SAMPLE' ? sample_interval : heartbeat_interval,
    ]);
    expect(asked).toEqual([
      ['counters', 'SAMPLE', '20000000'],
      ['state', 'SAMPLE', '20000000'],
      ['oper-status', 'ON_CHANGE', '50000000'],
    ]);
  });

  it('asks each ASIC of a SONiC device for its own databases', async () => {
    const target = await bench.target({ models: ['sonic-db'], leaves: [] });
    bench.source(target.address, { asics: ['asic0', 'asic1'], paths: ['sonic-ports', 'sonic-state'] });
    const targets = () => new Set(target.requests.map(({ subscribe }) => subscribe?.prefix?.target));
    const expected = ['COUNTERS_DB/asic0', 'COUNTERS_DB/asic1', 'APPL_DB/asic0', 'APPL_DB/asic1'];
    while (expected.some((one) => !targets().has(one))) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([...targets()].sort()).toEqual([...expected].sort());
  });

  it('takes changes, and what a heartbeat repeats', async () => {
    const target = await bench.target();
    const source = bench.source(target.address);
    await source.more(1);
    target.change('/interfaces/interface[Ethernet2]/state/oper-status', 'DOWN');
    await source.until(() => source.frames.at(-1)?.linkUp[1] === 0);
    expect(source.frames.at(-1)!.linkUp[0]).toBe(1);
  });

  it.each([
    ['PROTO', 2],
    ['JSON_IETF', 4],
    ['JSON', 0],
    ['ASCII', 3],
    ['BYTES', 1],
  ])('reads %s to the last bit', async (encoding, number) => {
    const target = await bench.target({
      encodings: [number],
      leaves: [
        {
          at: ['interfaces', ['interface', { name: 'Ethernet1' }], 'state', 'counters', 'in-octets'],
          value: () => (1n << 64n) - 2n,
        },
      ],
    });
    const source = bench.source(target.address, { encoding });
    await source.more(1);
    expect(target.requests[0]!.subscribe!.encoding).toBe(encoding);
    expect(source.counter('rxBytes')).toBe((1n << 64n) - 2n);
  });

  it('takes the best encoding a device has', async () => {
    const target = await bench.target({ encodings: [0, 4] });
    await bench.source(target.address).more(1);
    expect(target.requests[0]!.subscribe!.encoding).toBe('JSON_IETF');
  });

  it.each([
    ['metadata', { basic: false }],
    ['basic', { basic: true }],
  ])('logs in by %s, and shows the password to nobody', async (authScheme, options) => {
    const target = await bench.target({ ...options, password: 'correct-horse' });
    const login = { username: 'stallscope', authScheme };
    await bench.source(target.address, { ...login, password: 'correct-horse' }).more(1);
    const wrong = bench.source(target.address, { ...login, password: 'wrong-horse' });
    await wrong.until(() => wrong.says('correct username and password'));
    expect(JSON.stringify(wrong.health)).not.toContain('wrong-horse');
  });

  it('echoes the target a gateway needs', async () => {
    const target = await bench.target();
    await bench.source(target.address, { target: 'leaf7', origin: 'oc' }).more(1);
    expect(target.requests[0]!.subscribe!.prefix).toMatchObject({ target: 'leaf7', origin: 'oc' });
  });

  it('tells its neighbours as links, and what its transceivers measure', async () => {
    const target = await bench.target({ models: ALL_MODELS });
    const source = bench.source(target.address);
    const expected = {
      a: { device: 'leaf1', port: 'Ethernet1' },
      b: { device: 'gpu1.lab', port: 'mlx5_0' },
      source: 'lldp',
    };
    await source.until(() => JSON.stringify(source.links.at(-1)?.links[0]) === JSON.stringify(expected));
    // Whichever comes first, the measurement or the name of the port it belongs to.
    const told = () =>
      source.frames.some(({ gauges }) =>
        gauges.some(({ gauge, values }) => gauge === 'rxPowerDbm' && values[0] === -2.5 && values[1] === -2.5),
      );
    await source.until(told);
  });
});
