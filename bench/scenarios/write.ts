import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import type { FinishedStep } from '../../demo/fabric/job.ts';
import type { TruthDocument } from '../../demo/truth/document.ts';
import type { ScenarioPlan } from './plan.ts';
import { CSV_COLUMNS, runScenario, type ScenarioSink } from './run.ts';

const PATTERNS = { ring: 'ring all-reduce', 'all-to-all': 'all-to-all (MoE dispatch/combine)' } as const;

/** Runs a scenario and writes it as a folder in format stallscope-trace/1. @returns its truth. */
export function writeScenario(plan: ScenarioPlan, folder: string): TruthDocument {
  mkdirSync(folder, { recursive: true });
  const csv = new CsvText();
  const { steps, truth } = runScenario(plan, csv);
  writeFileSync(join(folder, 'fabric.json'), `${JSON.stringify(fabricJson(plan), null, 1)}\n`);
  writeFileSync(join(folder, 'counters.csv.gz'), csv.gzip());
  writeFileSync(join(folder, 'steps.csv'), stepsCsv(plan, steps));
  writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
  return truth;
}

/** Collects rows as text, in pieces small enough to join. */
class CsvText implements ScenarioSink {
  private lines: string[] = [`t_ms,device,port,${CSV_COLUMNS.join(',')}`];
  private pieces: Buffer[] = [];

  row(tMs: number, device: string, port: string, cells: readonly (number | '')[]): void {
    this.lines.push(`${tMs},${device},${port},${cells.join(',')}`);
    if (this.lines.length >= 20_000) this.flush();
  }

  gzip(): Buffer {
    this.flush();
    return gzipSync(Buffer.concat(this.pieces), { level: constants.Z_BEST_SPEED });
  }

  private flush(): void {
    this.pieces.push(Buffer.from(`${this.lines.join('\n')}\n`));
    this.lines = [];
  }
}

/** fabric.json: devices, ports and jobs. */
function fabricJson(plan: ScenarioPlan): Record<string, unknown> {
  const { topology, options } = plan.cluster;
  const nameOf = (device: number): string => topology.devices[device]?.name ?? '';
  return {
    format: 'stallscope-trace/1',
    name: plan.name,
    note: 'fluid model of demo/fabric, 1 us of the fabric = 1 ms here',
    sampleMs: plan.sampleMs,
    durationMs: plan.durationMs,
    pfcPriority: 3,
    devices: topology.devices.map(({ name, role }) => ({ device: name, role })),
    ports: topology.ports.map((port) => {
      const peer = topology.ports[port.peer];
      return {
        device: nameOf(port.device),
        port: port.name,
        peerDevice: nameOf(peer?.device ?? -1),
        peerPort: peer?.name ?? '',
        linkRateBitsPerSec: port.linkRateBitsPerSec,
      };
    }),
    jobs: options.jobs.map((job) => ({
      job: job.name,
      pattern: PATTERNS[job.pattern],
      warmupSteps: job.warmupSteps,
      ranks: job.hosts.map((host, rank) => ({
        rank,
        device: nameOf(host),
        port: topology.ports[topology.devices[host]?.ports[0] ?? -1]?.name ?? '',
      })),
    })),
  };
}

/** steps.csv: one row per rank and step. */
function stepsCsv(plan: ScenarioPlan, steps: readonly FinishedStep[]): string {
  const rows = ['job,step,rank,start_ms,end_ms,compute_end_ms'];
  for (const step of steps) {
    const job = plan.cluster.options.jobs[step.job]?.name ?? '';
    for (const rank of step.ranks) {
      const cells = [job, step.step, rank.rank, step.startMs, rank.endMs, rank.computeEndMs.toFixed(1)];
      rows.push(cells.join(','));
    }
  }
  return `${rows.join('\n')}\n`;
}
