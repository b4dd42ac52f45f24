import { EventEmitter } from 'node:events';
import { UsageError } from '../../lib/errors.ts';
import { buildCluster, type Cluster } from '../fabric/cluster.ts';
import { Fabric } from '../fabric/fabric.ts';
import { DEFAULT_STRENGTH, type Fault } from '../fabric/faults.ts';
import type { FinishedStep } from '../fabric/job.ts';
import { placeFault } from '../fabric/placement.ts';
import { TICK_MS } from '../fabric/settings.ts';
import { RDMA_DEVICE } from '../hosts/nic.ts';
import { type JudgedStep, TruthRecorder } from '../truth/recorder.ts';
import type { Injection } from './control.ts';
import { switchPortName } from './platforms.ts';

export const JOB_NAMES: [string, string] = ['llm-pretrain', 'moe-finetune'];

/** Faults are remembered by the model for this long after their end, ms: as long as a step may have met them. */
const REMEMBER_MS = 600_000;

/** Truth is worked out in slices of this many ticks, so that no agent waits for it. */
const TRUTH_TICKS_PER_SLICE = 300;

interface LiveEvents {
  step: [FinishedStep];
  judged: [JudgedStep];
  begun: [Fault];
}

/** The demo's cluster: 4 leaves, 2 spines, 16 hosts, two jobs, and tenants in between. */
export function demoCluster(seed: number, firstSteps: [number, number]): Cluster {
  const pad = (index: number): string => String(index + 1).padStart(2, '0');
  return buildCluster({
    seed,
    topology: {
      leaves: 4,
      spines: 2,
      hostsPerLeaf: 4,
      hostRateBitsPerSec: 100e9,
      uplinkRateBitsPerSec: 200e9,
      names: {
        host: (index) => `gpu${pad(index)}`,
        leaf: (index) => `leaf${index + 1}`,
        spine: (index) => `spine${index + 1}`,
        hostPort: () => RDMA_DEVICE,
        switchPort: (number, _role, _uplink, device) => switchPortName(device, number),
      },
    },
    ringHostsPerLeaf: 2,
    moeHostsPerLeaf: 1,
    jobNames: JOB_NAMES,
    firstSteps,
    backgroundLoad: 0.08,
    computeSpread: 0.01,
    expertSkew: 0.06,
  });
}

/** The model tied to the wall clock: whoever looks at it first advances it to now. */
export class LiveFabric extends EventEmitter<LiveEvents> {
  readonly fabric: Fabric;
  private readonly truth = new TruthRecorder((step) => this.emit('judged', step));
  private readonly begun = new Set<number>();
  private nextFault = 0;
  /** Everything ever planned. */
  readonly planned: Fault[] = [];

  constructor(
    readonly cluster: Cluster,
    readonly seed: number,
    /** Unix ms of model time 0. */
    readonly epochMs: number,
    private readonly now: () => number = Date.now,
  ) {
    super();
    this.fabric = Fabric.create(cluster.options);
  }

  /** Unix ms of the model's now. */
  get modelNowMs(): number {
    return this.epochMs + this.fabric.nowMs;
  }

  /** Runs the model up to the wall clock. */
  refresh(): void {
    const until = this.now() - this.epochMs;
    const { fabric, truth } = this;
    while (fabric.nowMs + TICK_MS <= until) {
      truth.beforeTick(fabric);
      for (const step of fabric.tick()) {
        truth.ended(fabric, step);
        this.emit('step', step);
      }
    }
    this.announce();
  }

  /** A slice of working out what each step would have been without its faults. */
  workOnTruth(): void {
    this.truth.work(TRUTH_TICKS_PER_SLICE);
  }

  /** Plans a fault at a place picked by seed. @returns the fault as planned, model times. */
  inject(injection: Injection): Fault {
    this.refresh();
    const job = this.jobIndex(injection.job);
    const id = this.nextFault++;
    const startMs = Math.ceil((this.fabric.nowMs + injection.atSeconds * 1000) / TICK_MS + 1) * TICK_MS;
    const place = placeFault(this.cluster, injection.kind, this.seed, id, {
      foreign: injection.foreign,
      job,
      leaf: this.leafIndex(injection.on),
    });
    this.fabric.forget(this.fabric.nowMs - REMEMBER_MS);
    const fault = this.fabric.addFault({
      ...place,
      id,
      kind: injection.kind,
      startMs,
      endMs: startMs + injection.forSeconds * 1000,
      strength: injection.strength ?? DEFAULT_STRENGTH[injection.kind],
    });
    this.planned.push(fault);
    return fault;
  }

  private jobIndex(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    const index = this.cluster.options.jobs.findIndex((job) => job.name === name);
    if (index < 0) throw new UsageError(`fault job: there is no job "${name}", only ${JOB_NAMES.join(', ')}`);
    return index;
  }

  private leafIndex(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    const { devices, leaves } = this.cluster.topology;
    const leaf = leaves.find((index) => devices[index]?.name === name);
    if (leaf !== undefined) return leaf;
    const names = leaves.map((index) => devices[index]?.name).join(', ');
    throw new UsageError(`fault on: there is no leaf "${name}", only ${names}`);
  }

  private announce(): void {
    for (const fault of this.fabric.faults) {
      if (fault.startMs > this.fabric.nowMs || this.begun.has(fault.id)) continue;
      this.begun.add(fault.id);
      this.emit('begun', fault);
    }
  }
}
