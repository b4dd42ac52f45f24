import { execFileSync } from 'node:child_process';
import { snmpConfigSchema } from '../collectors/snmp/config.ts';
import { discover, planOf } from '../collectors/snmp/device-map.ts';
import { toReading } from '../collectors/snmp/parse.ts';
import { AnswerBudget } from '../collectors/snmp/plan/budget.ts';
import { Poller } from '../collectors/snmp/plan/poller.ts';
import { securityFor } from '../collectors/snmp/wire/auth.ts';
import { SnmpSession } from '../collectors/snmp/wire/session.ts';
import { type BenchResult, readOptions } from './benchmark.ts';
import { compile, type RunningAgent, startAgent } from './peers/build.ts';

const DEVICES = 16;
const INTERFACES = 128;
const COMMUNITY = 'public';

/** Shapes of the requests: what net-snmp's users ask, and what this collector asks. */
const SHAPES = [
  { name: '1 column x 50 rows', maxColumns: 1, maxRepetitions: 50, maxAnswerBytes: 60_000 },
  { name: '12 columns, answers up to 1400 bytes', maxColumns: 12, maxRepetitions: 50, maxAnswerBytes: 1400 },
  { name: '12 columns, answers up to 8 KiB (default)', maxColumns: 12, maxRepetitions: 50, maxAnswerBytes: 8192 },
  { name: '12 columns x 50 rows', maxColumns: 12, maxRepetitions: 50, maxAnswerBytes: 60_000 },
];

/**
 * Variables per CPU-second (user and system) of the poll path: GetBulk out, answer decoded into numeric columns,
 * reading built; 16 devices at once, 60 counters for each of 128 ports. net-snmp's C library reads the same columns of
 * the same agents in between. Options: --runs, --seconds (of each run), --shape (how its
 * name begins).
 */
export async function* run(args: string[]): AsyncIterable<BenchResult> {
  const options = readOptions(args, { runs: '5', seconds: '1', shape: '' });
  const shapes = SHAPES.filter(({ name }) => name.startsWith(options.shape));
  const runs = Number(options.runs);
  const built = compile('snmp-agent');
  if ('missing' in built) {
    yield { bench: 'snmp', skipped: built.missing };
    return;
  }
  const peer = compile('snmp-netsnmp', ['-lnetsnmp']);
  const agent = await startAgent(built.program, DEVICES, INTERFACES);
  try {
    const ours = new Map<string, number[]>(shapes.map(({ name }) => [name, []]));
    const theirs: number[] = [];
    const fleets = await Promise.all(shapes.map((shape) => createFleet(agent, shape)));
    for (const fleet of fleets) await fleet.measure(300);
    for (let i = 0; i < runs; i++) {
      for (const [s, { name }] of shapes.entries()) {
        ours.get(name)?.push((await fleets[s]?.measure(Number(options.seconds) * 1000)) ?? 0);
      }
      if ('program' in peer) theirs.push(measurePeer(peer.program, agent));
    }
    for (const fleet of fleets) fleet.close();
    for (const [shape, values] of ours) {
      yield {
        bench: 'snmp',
        poller: 'stallscope',
        shape,
        variablesPerCpuSecond: median(values),
        runs: values.map(Math.round),
      };
    }
    yield 'missing' in peer
      ? { bench: 'snmp', poller: 'net-snmp C library', skipped: `${peer.missing}; apt-get install libsnmp-dev` }
      : {
          bench: 'snmp',
          poller: 'net-snmp C library',
          shape: '1 column x 50 rows',
          variablesPerCpuSecond: median(theirs),
          runs: theirs.map(Math.round),
        };
  } finally {
    agent.stop();
  }
}

interface Fleet {
  /** Polls all devices over and over for about this long. @returns variables per CPU-second */
  measure(forMs: number): Promise<number>;
  close(): void;
}

async function createFleet(agent: RunningAgent, shape: (typeof SHAPES)[number]): Promise<Fleet> {
  const auth = { version: '2c' as const, community: COMMUNITY };
  const pollers: Poller[] = [];
  const sessions: SnmpSession[] = [];
  for (let i = 0; i < DEVICES; i++) {
    const port = agent.firstPort + i;
    const options = {
      host: '127.0.0.1',
      port,
      security: securityFor(auth),
      timeoutMs: 2000,
      retries: 2,
      maxInFlight: 4,
    };
    const session = new SnmpSession(options);
    const config = snmpConfigSchema.parse({ name: `leaf${i}`, address: `127.0.0.1:${port}`, auth });
    const map = await discover(session, config);
    sessions.push(session);
    const budget = new AnswerBudget(shape.maxAnswerBytes, shape.maxRepetitions);
    for (let poll = 0; poll < 8; poll++) budget.pollDone(poll);
    pollers.push(new Poller(planOf(map, 5000, shape.maxColumns), session, budget));
  }
  return {
    measure: async (forMs) => {
      const until = performance.now() + forMs;
      const before = process.cpuUsage();
      const counts = await Promise.all(pollers.map((poller) => pollUntil(poller, until)));
      const used = process.cpuUsage(before);
      return (counts.reduce((sum, count) => sum + count, 0) / (used.user + used.system)) * 1e6;
    },
    close: () => {
      for (const session of sessions) session.close();
    },
  };
}

async function pollUntil(poller: Poller, untilMs: number): Promise<number> {
  let variables = 0;
  while (performance.now() < untilMs) {
    const result = await poller.poll();
    if (result.error !== null) throw result.error;
    variables += result.varbinds;
    const frame = toReading(poller.plan, result.values, {
      device: 'leaf',
      atMs: result.portMs,
      clockErrorMs: result.halfRoundTripMs,
      bootId: null,
      uptimeMs: null,
    });
    if (frame.counters.some(({ present }) => present.includes(0))) throw new Error('a counter is missing');
  }
  return variables;
}

function measurePeer(program: string, agent: RunningAgent): number {
  const rounds = 60;
  const output = execFileSync(program, [agent.firstPort, DEVICES, rounds, 50].map(String), { encoding: 'utf8' });
  const { variables, cpuSeconds, errors } = JSON.parse(output) as {
    variables: number;
    cpuSeconds: number;
    errors: number;
  };
  if (errors > 0) throw new Error(`net-snmp counted ${errors} errors`);
  return variables / cpuSeconds;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}
