import { afterEach, describe, expect, it } from 'vitest';
import { ExpectedLeaves } from '../../../collectors/gnmi/expected.ts';
import { DeviceClock } from '../../../collectors/gnmi/intake/device-clock.ts';
import { Intake } from '../../../collectors/gnmi/intake/intake.ts';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import { aristaFec } from '../../../collectors/gnmi/paths/arista-fec.ts';
import { PATH_SETS } from '../../../collectors/gnmi/paths/index.ts';
import { nxosQueues } from '../../../collectors/gnmi/paths/nxos-queues.ts';
import { openconfigInterfaces } from '../../../collectors/gnmi/paths/openconfig-interfaces.ts';
import { sonicPorts } from '../../../collectors/gnmi/paths/sonic.ts';
import { srlinuxQueues } from '../../../collectors/gnmi/paths/srlinux.ts';
import type { PathSet } from '../../../collectors/gnmi/paths/types.ts';
import { parsePath } from '../../../collectors/gnmi/proto/path.ts';
import { NOW } from './device.ts';
import { openconfigLeaves } from './fake-leaves.ts';
import { counterPath, INTERFACE, type Keyed, path, response, type TestValue, update } from './messages.ts';
import { Bench } from './running.ts';

const bench = new Bench();
afterEach(() => bench.end());

/** Sets of one device, each with its paths numbered behind those of the set before. */
function device(...sets: PathSet[]) {
  const expected = new ExpectedLeaves();
  const table = new DeviceTable((port) => !port.startsWith('Loopback'));
  const listener = { roundStartedMs: NOW, updating: () => {} };
  let first = 0;
  const intakes = sets.map((set) => {
    const intake = new Intake(set, table, new DeviceClock(), listener, first, expected.add(set, first));
    first += set.paths.length;
    return intake;
  });
  return {
    expected,
    take: (set: number, at: Buffer, of: TestValue) =>
      intakes[set]!.subscribeResponse(response({ parts: [update(at, of)] }), NOW),
    names: (watch: number) => expected.missing(watch).map(({ leaf }) => leaf),
  };
}

const UINT: TestValue = { uint: 5n };
const ethernet = (leaf: string) => path([...INTERFACE('Ethernet1'), 'ethernet', 'state', ...leaf.split('/')]);

describe('leaves that a path was asked for', () => {
  it('are missing by name, with the fields they would give, until one port has sent them', () => {
    const leaf = device(openconfigInterfaces);
    for (const name of ['in-octets', 'out-octets', 'in-pkts', 'out-pkts', 'in-errors', 'in-discards'])
      leaf.take(0, counterPath('Ethernet1', name), UINT);
    const missing = leaf.expected.missing(0);
    expect(missing).toEqual([
      { leaf: 'out-discards', fields: ['dropsPerSec'] },
      { leaf: 'link-transitions', fields: ['linkUp'] },
    ]);
    // Drops are summed of what came in and what went out: half of them is there.
    expect(leaf.expected.fieldsMissing(0, missing)).toEqual(['linkUp']);
    leaf.take(0, counterPath('Ethernet2', 'carrier-transitions'), UINT);
    expect(leaf.names(0)).toEqual(['out-discards']);
  });

  it('are not told by ports that are not read, nor by what is no value', () => {
    const leaf = device(openconfigInterfaces);
    leaf.take(0, counterPath('Loopback0', 'in-octets'), UINT);
    leaf.take(0, counterPath('Ethernet1', 'in-octets'), { text: 'N/A' });
    leaf.take(0, ethernet('pre-fec-ber/instant'), { text: 'N/A' });
    expect(leaf.names(0)).toContain('in-octets');
    expect(leaf.names(1)).toContain('pre-fec-ber/instant');
  });

  it('are given by another that says the same, of the same path or of another set', () => {
    const leaf = device(openconfigInterfaces, aristaFec);
    expect(leaf.names(1)).toEqual(expect.arrayContaining(['port-speed', 'negotiated-port-speed']));
    leaf.take(0, ethernet('negotiated-port-speed'), { text: 'SPEED_400GB' });
    expect(leaf.names(1)).not.toContain('port-speed');
    expect(leaf.names(1)).toContain('counters/fec-uncorrectable-blocks');
    const phy: Keyed[] = [...INTERFACE('Ethernet1'), 'ethernet', 'phys', ['phy', { index: '1' }], 'ingress', 'fec'];
    leaf.take(1, path([...phy, 'state', 'uncorrected-codewords']), UINT);
    expect(leaf.names(1)).not.toContain('counters/fec-uncorrectable-blocks');
    // Whole-port pause is another thing than that of a priority, and states have their own path.
    expect(leaf.names(1)).toContain('counters/in-mac-pause-frames');
    expect(leaf.names(2)).toEqual(['interfaces/interface/state/oper-status']);
  });

  it('are one name where they differ by a number, and not missed where one of them came', () => {
    const leaf = device(sonicPorts);
    expect(leaf.names(0)).toEqual(
      expect.arrayContaining(['SAI_PORT_STAT_PFC_*_RX_PKTS', 'SAI_PORT_STAT_IF_IN_FEC_CODEWORD_ERRORS_S*']),
    );
    leaf.take(0, path(['COUNTERS', 'Ethernet*', 'Ethernet0', 'SAI_PORT_STAT_PFC_3_RX_PKTS']), { text: '5' });
    leaf.take(0, path(['COUNTERS', 'Ethernet*', 'Ethernet0', 'EST_PORT_STAT_PFC_3_RX_PAUSE_DURATION_US']), {
      text: '5',
    });
    const names = leaf.names(0);
    expect(names.filter((name) => /PFC_\*_RX_P/.test(name))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining(['SAI_PORT_STAT_PFC_*_TX_PKTS', 'SAI_PORT_STAT_PFC_*_ON2OFF_RX_PKTS']),
    );
  });

  it('of one ASIC are not given by another ASIC', () => {
    const [asic0, asic1] = ['asic0', 'asic1'].map((asic) => ({ ...sonicPorts, target: `COUNTERS_DB/${asic}` }));
    const leaf = device(asic0!, asic1!);
    for (const priority of [3, 4])
      leaf.take(0, path(['COUNTERS', 'Ethernet*', 'Ethernet0', `SAI_PORT_STAT_PFC_${priority}_RX_PKTS`]), UINT);
    expect(leaf.names(0)).not.toContain('SAI_PORT_STAT_PFC_*_RX_PKTS');
    expect(leaf.names(1)).toContain('SAI_PORT_STAT_PFC_*_RX_PKTS');
  });

  it('that only some platforms have are not missed, and stand in for those of the others', () => {
    const leaf = device(srlinuxQueues);
    const queue: Keyed[] = [
      ...['qos', 'interfaces'],
      ['interface', { 'interface-id': 'ethernet-1/1' }],
      ...['output', 'queues'],
      ['queue', { 'queue-name': 'q3' }],
      'queue-statistics',
    ];
    const sent = 'aggregate-statistics/transmitted-packets';
    expect(leaf.names(0)).toContain(sent);
    expect(leaf.names(0).filter((name) => name.includes('profile'))).toEqual([]);
    leaf.take(0, path([...queue, 'aggregate-statistics', 'in-profile', 'transmitted-packets']), UINT);
    expect(leaf.names(0)).not.toContain(sent);
  });

  it('are missing where the device fills them with nothing', () => {
    const leaf = device(nxosQueues);
    const at = (name: string) =>
      path([
        ...['System', 'ipqos-items', 'queuing-items', 'policy-items', 'out-items', 'intf-items'],
        ['If-list', { name: 'eth1/1' }],
        'queCmap-items',
        ['QueuingStats-list', { cmapName: 'c-out-8q-q3' }],
        name,
      ]);
    leaf.take(0, at('pfcRxPpp'), { uint: 0n });
    expect(leaf.names(0)).toContain('queCmap-items/QueuingStats-list/pfcRxPpp');
    leaf.take(0, at('txPackets'), UINT);
    leaf.take(0, at('pfcRxPpp'), { uint: 0n });
    expect(leaf.names(0)).not.toContain('queCmap-items/QueuingStats-list/pfcRxPpp');
  });

  it.each(PATH_SETS.map((set) => [set.name, set] as const))('%s: each is read as what it is said to be', (_, set) => {
    const meant = set.leaves.filter(({ at, leaf, quantity }) => {
      // A path of the leaf, with a key for every list: an element that the set's own reader needs.
      const keys = { name: '1', 'interface-id': '1', index: '1', id: '1', priority: '1', queue: '1', bin: '1' };
      const more = {
        'queue-name': '1',
        'pfc-queue-name': '1',
        cmapName: '1',
        'corrected-symbols-max': '1',
        'pg-id': '1',
      };
      const elems = parsePath(at.replace('*', '1')).map(({ name }) => ({ name, keys: { ...keys, ...more } }));
      if (set.name.startsWith('sonic')) elems.splice(-1, 0, { ...elems[0]!, name: sonicObject(at) });
      const meaning = set.meaningOf(elems);
      return meaning?.leaf !== leaf || meaning.quantity.kind !== quantity.kind;
    });
    expect(meant).toEqual([]);
    expect(set.leaves.length).toBeGreaterThan(0);
  });
});

/** What the fields of a table of SONiC's database are of. */
function sonicObject(table: string): string {
  if (table.startsWith('LAG_MEMBER')) return 'PortChannel1:Ethernet0';
  return /Queues|Pfcwd|Priority|VoQs/.test(table) ? 'Ethernet0:1' : 'Ethernet0';
}

describe('a target that leaves leaves out', () => {
  it('says so of each path, and stays well', async () => {
    const target = await bench.target();
    const source = bench.source(target.address);
    await source.until(() => source.health.at(-1)?.paths[1]?.missingLeaves !== undefined);
    const { state, paths } = source.health.at(-1)!;
    expect(state).toBe('ok');
    const [counters, ether] = paths;
    expect(counters!.missing).toEqual([
      'rxPacketsPerSec',
      'txPacketsPerSec',
      'dropsPerSec',
      'rxErrorsPerSec',
      'linkUp',
    ]);
    expect(counters!.missingLeaves!.map(({ leaf }) => leaf)).toEqual([
      ...['in-pkts', 'out-pkts', 'in-discards', 'out-discards', 'in-errors', 'link-transitions'],
    ]);
    expect(ether!.missingLeaves).toContainEqual({
      leaf: 'counters/out-mac-pause-frames',
      fields: ['txPauseFramesPerSec'],
    });
    expect(ether!.missingLeaves!.map(({ leaf }) => leaf)).not.toContain('negotiated-port-speed');
  });

  it('tells a state that never comes, once it has had its time', async () => {
    const leaves = openconfigLeaves(['Ethernet1'], () => 1n << 41n);
    const target = await bench.target({ leaves: leaves.filter(({ at }) => at.at(-1) !== 'oper-status') });
    const source = bench.source(target.address);
    await source.until(() => source.health.at(-1)?.paths.length === 3);
    expect(source.health.at(-1)!.paths[2]).toMatchObject({
      path: '/interfaces/interface[name=*]/state/oper-status',
      served: false,
      missing: ['linkUp'],
    });
  });

  it('misses nothing of a path that is silent: that is told as such', async () => {
    const target = await bench.target({ slow: { ethernet: Number.POSITIVE_INFINITY }, refusePoll: true });
    const source = bench.source(target.address, { mode: 'stream' });
    await source.until(() => source.says('the device sends nothing for it'));
    const silent = source.health.at(-1)!.paths.find(({ path }) => path.endsWith('ethernet/state'))!;
    expect(silent.refused).toEqual([expect.stringContaining('sends nothing')]);
    expect(silent.missingLeaves).toBeUndefined();
  });

  it('is told so by a probe', async () => {
    const target = await bench.target();
    const result = await bench.probe(target.address);
    expect(result.neverSent).toContain('/interfaces/interface[name=*]/state/counters: in-pkts (rxPacketsPerSec)');
  });
});
