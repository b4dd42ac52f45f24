import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import type { Fault } from './fabric/faults.ts';
import { TotalCounters } from './fabric/totals.ts';
import { HostTree } from './hosts/tree.ts';
import { writeDemoConfig } from './live/config-file.ts';
import { ControlServer, type Injection, type InjectionRequest, parseInjection } from './live/control.ts';
import { demoCluster, JOB_NAMES, LiveFabric } from './live/live-fabric.ts';
import { roundStartSeconds, scriptedRound } from './live/schedule.ts';
import { readState, writeState } from './live/state.ts';
import { SnmpAgent } from './snmp/agent.ts';
import { nexusView } from './snmp/nexus.ts';
import { MegatronLog } from './steps/megatron-log.ts';
import { stepRecords } from './steps/records.ts';
import { StepReporter } from './steps/reporter.ts';
import { TruthBook } from './truth/document.ts';
import { TruthFile } from './truth/file.ts';

/** SNMP community of the demo's switches. */
const DEMO_COMMUNITY = 'public';
const POLL_INTERVAL = '1s';
const LOOP_MS = 50;
const HOST_TREE_MS = 250;
const STATE_MS = 5000;
const TRUTH_MS = 1000;
/** Steps of each job that the truth file remembers: some hours. */
const KEPT_STEPS = 5000;
/** Counters begin beyond 2^53, as those of a fabric that has run for months do: anything that rounds them shows. */
const BYTES_START = 2n ** 53n + 1n;

export interface DemoOptions {
  dataDir: string;
  /** Base URL of the monitor, for step reports. */
  monitorUrl: string;
  seed?: number;
  /** False: only what `faults` and inject() ask for happens. Default true. */
  script?: boolean;
  /** Faults beside the script; `atSeconds` counts from the start of the demo. */
  faults?: InjectionRequest[];
  /** Keys to put into stallscope.yaml beside the demo's own, for example receivers. */
  extraConfig?: Record<string, unknown>;
  logger?: Logger;
}

export interface Demo {
  /** The configuration to start monitor and collector with. */
  configFile: string;
  truthFile: string;
  /** Loopback port that takes POST /faults. */
  controlPort: number;
  /** Plans a fault. @throws UsageError where the request is not understood */
  inject(request: InjectionRequest): Fault;
  /** Step records not acknowledged by the monitor yet. */
  pendingSteps(): number;
  close(): Promise<void>;
}

/** Runs the demo fabric in real time and serves it on loopback until it is closed. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { seed = 20, script = true, logger = createLogger('demo') } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const stateFile = join(dataDir, 'demo-state.json');
  const state = readState(stateFile);
  state.boots++;
  const firstSteps: [number, number] = [state.nextSteps[JOB_NAMES[0]] ?? 1, state.nextSteps[JOB_NAMES[1]] ?? 1];
  const epochMs = systemClock.now();
  const live = new LiveFabric(demoCluster(seed, firstSteps), seed, epochMs);
  const { fabric, cluster } = live;
  const { topology } = cluster;
  const totals = new TotalCounters(fabric.network, (port, counter) =>
    counter.endsWith('Bytes') ? BYTES_START + BigInt(port) * 1_000_003n : BigInt(port) * 7n,
  );

  const agents: SnmpAgent[] = [];
  const refresh = (): void => live.refresh();
  for (const device of [...topology.leaves, ...topology.spines]) {
    const name = topology.devices[device]?.name ?? '';
    const view = nexusView({
      network: fabric.network,
      totals,
      device,
      uptimeMs: () => fabric.nowMs,
      engineBoots: state.boots,
    });
    const agent = new SnmpAgent({ community: DEMO_COMMUNITY, view, port: state.snmpPorts[name] ?? 0, refresh });
    state.snmpPorts[name] = await agent.start();
    agents.push(agent);
  }

  const trees = topology.hosts.map((host) => {
    const { name = '', ports = [] } = topology.devices[host] ?? {};
    const bootId = `demo-${epochMs.toString(16)}-${state.boots}`;
    const tree = new HostTree(join(dataDir, 'hosts', name, 'sys'), fabric.network, totals, ports[0] ?? -1, bootId);
    tree.create();
    return tree;
  });

  const truthFile = join(dataDir, 'demo-truth.json');
  const book = new TruthBook(topology, cluster.options.jobs, KEPT_STEPS);
  const truth = new TruthFile(truthFile, book, epochMs);
  truth.save(0);
  const log = new MegatronLog(join(dataDir, 'logs', `${JOB_NAMES[1]}.log`));
  const reporter = new StepReporter(options.monitorUrl, logger);
  live.on('begun', (fault) => {
    truth.add(fault);
    truth.save(fabric.nowMs);
    logger.info({ kind: fault.kind, seconds: (fault.endMs - fault.startMs) / 1000 }, 'fault begins');
  });
  live.on('judged', (step) => {
    book.addJudged(step);
    truth.touch();
  });
  live.on('step', (step) => {
    const spec = cluster.options.jobs[step.job];
    if (!spec) return;
    book.addStep(step);
    truth.touch();
    state.nextSteps[spec.name] = step.step + 1;
    if (spec.name === JOB_NAMES[1]) log.write(step, epochMs);
    else reporter.push(stepRecords(step, spec, topology, epochMs));
  });

  const inject = (injection: Injection): Fault => live.inject(injection);
  const control = new ControlServer(inject, () => live.planned);
  state.controlPort = await control.start(state.controlPort);
  writeState(stateFile, state);
  const configFile = join(dataDir, 'stallscope.yaml');
  writeDemoConfig(configFile, demoConfig(live, state.snmpPorts, dataDir, log.file), options.extraConfig);

  for (const fault of options.faults ?? []) inject(parseInjection(fault));
  let round = 0;
  const runScript = (): void => {
    while (script && fabric.nowMs / 1000 >= roundStartSeconds(round)) {
      for (const { atSeconds, ...planned } of scriptedRound(round)) {
        const fromNow = Math.max(0, atSeconds - fabric.nowMs / 1000);
        inject(parseInjection({ ...planned, atSeconds: fromNow }));
      }
      round++;
    }
  };
  runScript();
  reporter.start();
  const timers = [
    setInterval(() => {
      live.refresh();
      runScript();
      live.workOnTruth();
      book.observe(fabric.network, fabric.faults);
    }, LOOP_MS),
    setInterval(() => {
      live.refresh();
      for (const tree of trees) tree.update();
    }, HOST_TREE_MS),
    setInterval(() => truth.save(fabric.nowMs), TRUTH_MS),
    setInterval(() => writeState(stateFile, state), STATE_MS),
  ];

  return {
    configFile,
    truthFile,
    controlPort: state.controlPort,
    inject: (request) => inject(parseInjection(request)),
    pendingSteps: () => reporter.pending,
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([...agents.map((agent) => agent.stop()), control.stop(), reporter.stop()]);
      writeState(stateFile, state);
    },
  };
}

function demoConfig(
  live: LiveFabric,
  snmpPorts: Record<string, number>,
  dataDir: string,
  logFile: string,
): Parameters<typeof writeDemoConfig>[1] {
  const { topology, options } = live.cluster;
  const name = (device: number): string => topology.devices[device]?.name ?? '';
  const portName = (index: number): string => {
    const port = topology.ports[index];
    return `${name(port?.device ?? -1)}/${port?.name ?? ''}`;
  };
  return {
    auths: { demo: { version: '2c', community: DEMO_COMMUNITY } },
    targets: [
      ...[...topology.leaves, ...topology.spines].map((device) => ({
        name: name(device),
        address: `127.0.0.1:${snmpPorts[name(device)] ?? 0}`,
        collector: 'snmp',
        auth: 'demo',
        interval: POLL_INTERVAL,
      })),
      ...topology.hosts.map((host) => ({
        name: name(host),
        collector: 'host',
        interval: POLL_INTERVAL,
        root: join(dataDir, 'hosts', name(host), 'sys'),
      })),
    ],
    links: topology.hosts.map((host) => {
      const nic = topology.devices[host]?.ports[0] ?? -1;
      return { a: portName(topology.ports[nic]?.peer ?? -1), b: portName(nic) };
    }),
    devices: topology.devices.map((device) => ({ device: device.name, role: device.role })),
    jobs: options.jobs.map((job) => ({
      job: job.name,
      warmupSteps: job.warmupSteps,
      gpus: job.hosts.length * 8,
      ranks: job.hosts.map((host, rank) => ({ rank, host: name(host) })),
    })),
    training: [{ file: logFile, format: 'auto', job: JOB_NAMES[1] }],
  };
}
