import { at } from '../../demo/fabric/columns.ts';
import { Fabric } from '../../demo/fabric/fabric.ts';
import type { FinishedStep } from '../../demo/fabric/job.ts';
import type { Network } from '../../demo/fabric/network.ts';
import { STRETCH, TICK_MS } from '../../demo/fabric/settings.ts';
import { TruthBook, type TruthDocument } from '../../demo/truth/document.ts';
import { TruthRecorder } from '../../demo/truth/recorder.ts';
import type { ScenarioPlan } from './plan.ts';

/** The columns of counters.csv after t_ms, device, port. */
export const CSV_COLUMNS = [
  'tx_bytes',
  'rx_bytes',
  'tx_packets',
  'rx_packets',
  'tx_pause_frames',
  'tx_resume_frames',
  'rx_pause_frames',
  'rx_resume_frames',
  'rx_pause_us',
  'tx_pause_us',
  'ecn_marked_packets',
  'queue_bytes',
  'queue_watermark_bytes',
  'drops',
  'cnp_handled',
  'ecn_received_packets',
  'out_of_sequence',
  'link_rate_bps',
] as const;

export interface ScenarioSink {
  /** One port at one sample time: cells in the order of CSV_COLUMNS, '' = not exposed. */
  row(tMs: number, device: string, port: string, cells: readonly (number | '')[]): void;
}

interface ScenarioResult {
  steps: FinishedStep[];
  truth: TruthDocument;
}

/** Runs a planned scenario, hands every sample to the sink, and works out the truth by paired runs. */
export function runScenario(plan: ScenarioPlan, sink: ScenarioSink): ScenarioResult {
  const fabric = Fabric.create(plan.cluster.options);
  for (const fault of plan.faults) fabric.addFault(fault);
  const steps: FinishedStep[] = [];
  const book = new TruthBook(plan.cluster.topology, plan.cluster.options.jobs);
  const recorder = new TruthRecorder((step) => book.addJudged(step));
  const sampler = new Sampler(plan, fabric.network, sink);
  sampler.sample(0);
  for (let untilMs = plan.sampleMs; untilMs <= plan.durationMs; untilMs += plan.sampleMs) {
    while (fabric.nowMs + TICK_MS <= untilMs) {
      recorder.beforeTick(fabric);
      for (const step of fabric.tick()) {
        steps.push(step);
        book.addStep(step);
        recorder.ended(fabric, step);
        recorder.work();
      }
    }
    book.observe(fabric.network, plan.faults);
    sampler.sample(untilMs);
  }
  return { steps, truth: book.document(plan.name, plan.faults, plan.durationMs) };
}

/** Reads the counters of all ports as their devices would show them. */
class Sampler {
  /** Last shown cells of devices that refresh slowly. */
  private readonly held = new Map<number, (number | '')[]>();

  constructor(
    private readonly plan: ScenarioPlan,
    private readonly network: Network,
    private readonly sink: ScenarioSink,
  ) {}

  sample(tMs: number): void {
    const { network, plan } = this;
    const { topology } = network;
    const watermarks = network.takeWatermarks();
    for (const port of topology.ports) {
      const device = topology.devices[port.device];
      const isHost = device?.role === 'host';
      let cells = this.held.get(port.index);
      if (isHost || plan.refreshMs === 0 || tMs % plan.refreshMs === 0 || cells === undefined) {
        cells = this.cells(port.index, isHost, at(watermarks, port.index));
        if (!isHost && plan.refreshMs > 0) this.held.set(port.index, cells);
      }
      this.sink.row(tMs, device?.name ?? '', port.name, cells);
    }
  }

  private cells(port: number, isHost: boolean, watermark: number): (number | '')[] {
    const { counters, queue, rate, up } = this.network;
    const whole = (column: Float64Array): number => Math.floor(at(column, port));
    return [
      whole(counters.txBytes),
      whole(counters.rxBytes),
      whole(counters.txPackets),
      whole(counters.rxPackets),
      whole(counters.txPauseFrames),
      whole(counters.txResumeFrames),
      whole(counters.rxPauseFrames),
      whole(counters.rxResumeFrames),
      whole(counters.rxPauseUs),
      whole(counters.txPauseUs),
      isHost ? '' : whole(counters.ecnMarkedPackets),
      isHost ? '' : Math.floor(at(queue, port) / STRETCH),
      isHost ? '' : Math.floor(watermark),
      whole(counters.drops),
      isHost ? whole(counters.cnpHandled) : '',
      isHost ? whole(counters.ecnReceivedPackets) : '',
      isHost ? whole(counters.outOfSequence) : '',
      at(up, port) === 1 ? Math.round(at(rate, port) * 8000) : 0,
    ];
  }
}
