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
import { startExporter } from './peers/snmp-exporter.ts';

const DEVICES = 16;
const INTERFACES = 128;
const COMMUNITY = 'public';
/** Octets, packets, drops; PFC frames and time of 8 priorities, and the frames of the port. */
const COUNTERS_PER_READING = 2 + 2 + 1 + 32 + 2;
const PEER = 'net-snmp C library';
const EXPORTER = 'prometheus-snmp-exporter';
const EXPORTER_ROUNDS = 3;
/** Columns a request of the peer: as its users ask, and the same answers as ours. */
const PEER_WIDTHS = [1, 12];

/** Shapes of the requests: what net-snmp's users ask, and what this collector asks. */
const SHAPES = [
  { name: '1 column x 50 rows', maxColumns: 1, maxRepetitions: 50, maxAnswerBytes: 60_000 },
  { name: '12 columns, answers up to 1400 bytes', maxColumns: 12, maxRepetitions: 50, maxAnswerBytes: 1400 },
  { name: '12 columns, answers up to 8 KiB (default)', maxColumns: 12, maxRepetitions: 50, maxAnswerBytes: 8192 },
  { name: '12 columns x 50 rows', maxColumns: 12, maxRepetitions: 50, maxAnswerBytes: 60_000 },
];

/**
 * Variables per CPU-second (user and system) of the poll path: GetBulk out, answer decoded into numeric columns;
 * 16 devices at once, 60 counters for each of 128 ports. net-snmp's C library reads the same columns of
 * the same agents in between, and Prometheus's snmp_exporter where it is installed, whose figure holds the page of text
 * it makes of them. Options: --runs, --seconds (of each run), --shape (how its
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
  const exporter = await startExporter();
  const agent = await startAgent(built.program, DEVICES, INTERFACES);
  const fleets: Fleet[] = [];
  try {
    const ours = new Map<string, number[]>(shapes.map(({ name }) => [name, []]));
    const theirs = new Map<number, number[]>(PEER_WIDTHS.map((width) => [width, []]));
    const exported: number[] = [];
    const ports = Array.from({ length: DEVICES }, (_, i) => agent.firstPort + i);
    // Its first page compiles and allocates what the later ones use.
    if ('measure' in exporter) await exporter.measure(ports, 1);
    for (const shape of shapes) fleets.push(await createFleet(agent, shape));
    for (const fleet of fleets) await fleet.measure(300);
    for (let i = 0; i < runs; i++) {
      for (const [s, { name }] of shapes.entries()) {
        ours.get(name)?.push((await fleets[s]?.measure(Number(options.seconds) * 1000)) ?? 0);
      }
      if ('measure' in exporter) exported.push(await exporter.measure(ports, EXPORTER_ROUNDS));
      if (!('program' in peer)) continue;
      for (const [width, values] of theirs) values.push(measurePeer(peer.program, agent, width));
    }
    for (const [shape, values] of ours) yield result('stallscope', shape, values);
    if ('missing' in exporter) yield { bench: 'snmp', poller: EXPORTER, skipped: exporter.missing };
    else yield result(EXPORTER, '1 column x 50 rows, as a page', exported);
    if ('missing' in peer) {
      yield { bench: 'snmp', poller: PEER, skipped: `${peer.missing}; apt-get install libsnmp-dev` };
      return;
    }
    for (const [width, values] of theirs) {
      yield result(PEER, `${width} column${width === 1 ? '' : 's'} x 50 rows`, values);
    }
  } finally {
    for (const fleet of fleets) fleet.close();
    if ('stop' in exporter) exporter.stop();
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
      for (const poller of pollers) await checkReading(poller);
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
    const { error, varbinds } = await poller.poll();
    if (error !== null) throw error;
    variables += varbinds;
  }
  return variables;
}

/** What was measured must have been the whole reading: every counter of every port. */
async function checkReading(poller: Poller): Promise<void> {
  const { values, portMs, halfRoundTripMs } = await poller.poll();
  const facts = { device: 'leaf', atMs: portMs, clockErrorMs: halfRoundTripMs, bootId: null, uptimeMs: null };
  const frame = toReading(poller.plan, values, facts);
  const columns = frame.counters.filter(({ present }) => !present.includes(0));
  if (columns.length < COUNTERS_PER_READING || columns.length < frame.counters.length)
    throw new Error('a counter is missing');
}

function result(poller: string, shape: string, values: readonly number[]): BenchResult {
  return { bench: 'snmp', poller, shape, variablesPerCpuSecond: median(values), runs: values.map(Math.round) };
}

function measurePeer(program: string, agent: RunningAgent, width: number): number {
  const rounds = 60;
  const output = execFileSync(program, [agent.firstPort, DEVICES, rounds, 50, width].map(String), { encoding: 'utf8' });
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
