import { Fabric } from '../demo/fabric/fabric.ts';
import { TotalCounters } from '../demo/fabric/totals.ts';
import { demoCluster } from '../demo/live/live-fabric.ts';
import { CommunityAccess } from '../demo/snmp/access.ts';
import { SnmpAgent } from '../demo/snmp/agent.ts';
import { engineOf, nexusView } from '../demo/snmp/nexus.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { planScenario } from './scenarios/plan.ts';

const RUNS = 5;

/** What the demo fabric costs: share of a core in real time, and varbinds its agents answer per CPU-second. */
export function* run(args: string[]): Generator<BenchResult> {
  const options = readOptions(args, { seconds: '60' });
  const modelMs = Number(options.seconds) * 1000;
  const clusters = { 'demo, 16 hosts': demoCluster(1, [1, 1]), '32 hosts': planScenario(1025, 'healthy-busy').cluster };
  for (const [name, cluster] of Object.entries(clusters)) {
    const seconds = repeat(() => Fabric.create(cluster.options).advance(modelMs));
    yield {
      bench: 'fabric',
      cluster: name,
      ports: cluster.topology.ports.length,
      modelSeconds: modelMs / 1000,
      cpuSeconds: round(seconds),
      shareOfCoreInRealTime: round((1000 * seconds) / modelMs),
    };
  }
  yield agent();
}

/** Answers prepared GetBulk requests of one column and 40 repetitions. */
function agent(): BenchResult {
  const cluster = demoCluster(1, [1, 1]);
  const { network } = Fabric.create(cluster.options);
  const view = nexusView({
    network,
    totals: new TotalCounters(network, () => 2n ** 53n),
    device: cluster.topology.leaves[0] ?? -1,
    uptimeMs: () => 0,
    engine: engineOf('leaf1', 1, () => 0),
  });
  const switchAgent = new SnmpAgent({ access: new CommunityAccess('public'), view });
  const answers = 2000;
  const seconds = repeat(() => {
    for (let i = 0; i < answers; i++) {
      if (!switchAgent.answer(BULK_REQUEST)) throw new Error('the agent does not answer');
    }
  });
  return { bench: 'fabric', agent: 'GetBulk, 1 x 40', varbindsPerCpuSecond: Math.round((answers * 40) / seconds) };
}

/** GetBulk of 1.3.6.1.2.1 with max-repetitions 40, community "public". */
const BULK_REQUEST = Buffer.from('302302010104067075626c6963a516020101020100020128300b300906052b060102010500', 'hex');

/** Median CPU seconds of one call. */
function repeat(work: () => void): number {
  const taken = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  });
  return taken.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
