import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { createLogger, type Logger } from '../lib/logger.ts';
import type { Fault } from './fabric/faults.ts';
import { TotalCounters } from './fabric/totals.ts';
import { writeDemoConfig } from './live/config-file.ts';
import { ControlServer, type Injection, type InjectionRequest, parseInjection } from './live/control.ts';
import { DEMO_AUTHS, serveDevices } from './live/devices.ts';
import { demoCluster, JOB_NAMES, LiveFabric } from './live/live-fabric.ts';
import { platformOf } from './live/platforms.ts';
import { roundStartSeconds, scriptedRound } from './live/schedule.ts';
import { readState, writeState } from './live/state.ts';
import { MegatronLog } from './steps/megatron-log.ts';
import { stepRecords } from './steps/records.ts';
import { StepReporter } from './steps/reporter.ts';
import { TruthBook } from './truth/document.ts';
import { TruthFile } from './truth/file.ts';

const LOOP_MS = 50;
const HOST_TREE_MS = 250;
const STATE_MS = 5000;
const TRUTH_MS = 1000;
/** Steps of each job that the truth file remembers: some hours. */
const KEPT_STEPS = 5000;
/** Counters begin beyond 2^53, as those of a fabric that has run for months do: anything that rounds them shows. */
const BYTES_START = 2n ** 53n + 1n;
/** Exporters print doubles: their hosts have not run for so long, or each page would say that it has lost bits. */
const EXPORTER_BYTES_START = 2n ** 46n + 1n;

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
  const totals = new TotalCounters(fabric.network, (port, counter) => {
    if (!counter.endsWith('Bytes')) return BigInt(port) * 7n;
    const device = topology.devices[topology.ports[port]?.device ?? -1]?.name ?? '';
    const start = platformOf(device) === 'exporter' ? EXPORTER_BYTES_START : BYTES_START;
    return start + BigInt(port) * 1_000_003n;
  });

  const devices = await serveDevices({ live, totals, dataDir, boots: state.boots, ports: state.ports });

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
  writeDemoConfig(configFile, demoConfig(live, devices, log.file), options.extraConfig);

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
      for (const device of devices) device.update();
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
      await Promise.all([...devices.map((device) => device.stop()), control.stop(), reporter.stop()]);
      writeState(stateFile, state);
    },
  };
}

function demoConfig(
  live: LiveFabric,
  devices: readonly { target: Record<string, unknown> }[],
  logFile: string,
): Parameters<typeof writeDemoConfig>[1] {
  const { topology, options } = live.cluster;
  const name = (device: number): string => topology.devices[device]?.name ?? '';
  const portName = (index: number): string => {
    const port = topology.ports[index];
    return `${name(port?.device ?? -1)}/${port?.name ?? ''}`;
  };
  return {
    auths: DEMO_AUTHS,
    targets: devices.map(({ target }) => target),
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
