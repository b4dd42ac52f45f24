import { PageReader } from '../collectors/prometheus/page.ts';
import { createNormaliser } from '../lib/counters/index.ts';
import { ruleTable } from '../lib/exporters/rules.ts';
import { type BenchResult, readOptions } from './benchmark.ts';

/**
 * Reading an exporter's page: from its bytes to the counters of a fabric's ports, and on to samples. The peer is what one
 * would write first: lines, a regular expression for the labels, a number. In turns in one process; CPU time, medians of
 * --runs. Options: --lines 30000 --runs 5 --pages 10.
 */
export function* run(args: string[]): Generator<BenchResult> {
  const options = readOptions(args, { lines: '30000', runs: '5', pages: '10' });
  const count = Number(options.pages);
  const ports = Math.ceil(Number(options.lines) / METRICS.length);
  const pages = Array.from({ length: count }, (_, number) => Buffer.from(pageOf(ports, number)));
  const lines = ports * METRICS.length;
  const reader = new PageReader({
    device: 'ufm',
    rules: ruleTable({ ufmDataUnit: 'words' }),
    include: [],
    exclude: [],
    alias: {},
  });
  const normaliser = createNormaliser();
  const cpu: Record<'read' | 'samples' | 'peer', number[]> = { read: [], samples: [], peer: [] };
  let nowMs = 1_800_000_000_000;
  const beat = () => {
    nowMs += 5000;
    return { atMs: nowMs, errorMs: 1 };
  };
  let found = 0;
  // The first page is learned; every later one is compared with it.
  for (let round = -1; round < Number(options.runs); round++) {
    const measured: Record<keyof typeof cpu, number> = {
      read: cpuSeconds(() => {
        found = 0;
        for (const page of pages) found += reader.read(page, 'text', beat()).samples;
      }),
      samples: cpuSeconds(() => {
        for (const page of pages) {
          const { frames } = reader.read(page, 'text', beat());
          for (const frame of frames) normaliser.advance(frame);
        }
      }),
      peer: cpuSeconds(() => {
        for (const page of pages) plainly(page.toString());
      }),
    };
    if (found !== lines * count) throw new Error(`${found} samples read of ${lines * count}`);
    if (round < 0) continue;
    for (const [name, values] of Object.entries(cpu)) values.push(measured[name as keyof typeof cpu]);
  }
  const perSecond = (values: number[]) => Math.round((lines * count) / median(values));
  yield {
    bench: 'prometheus',
    lines,
    bytes: pages[0]?.length ?? 0,
    linesPerCpuSecond: perSecond(cpu.read),
    linesToSamplesPerCpuSecond: perSecond(cpu.samples),
    millisecondsPerPage: Math.round((median(cpu.read) / count) * 10_000) / 10,
    peer: 'split, regular expression, Number',
    peerLinesPerCpuSecond: perSecond(cpu.peer),
    ratio: Math.round((median(cpu.peer) / median(cpu.read)) * 100) / 100,
  };
}

/** UFM telemetry's counters of a port. */
const METRICS = [
  'PortXmitDataExtended',
  'PortRcvDataExtended',
  'PortXmitPktsExtended',
  'PortRcvPktsExtended',
  'PortXmitWaitExtended',
  'PortXmitDiscardsExtended',
  'SymbolErrorCounterExtended',
  'LinkDownedCounterExtended',
  'PortRcvErrorsExtended',
  'VL15DroppedExtended',
];
const PORTS_OF_SWITCH = 64;

/** A page with new values, as UFM telemetry writes it: metric by metric. */
function pageOf(ports: number, number: number): string {
  const lines: string[] = [];
  for (const [index, metric] of METRICS.entries()) {
    lines.push(`# HELP ${metric} of the port`, `# TYPE ${metric} counter`);
    for (let port = 0; port < ports; port++) {
      const guid = (0x98039b0300000000n + BigInt(Math.floor(port / PORTS_OF_SWITCH))).toString(16);
      const value = index < 5 ? BigInt(port + 1) * 12_345_678_901n * BigInt(number + 1) : port % 3;
      lines.push(
        `${metric}{source="ufm",node_guid="0x${guid}",node_desc="leaf-${Math.floor(port / PORTS_OF_SWITCH)}",port_num="${(port % PORTS_OF_SWITCH) + 1}"} ${value}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

interface PlainSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

function plainly(text: string): PlainSample[] {
  const samples: PlainSample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', inner = '', value = ''] = /^([^{\s]+)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
    const labels: Record<string, string> = {};
    for (const [, key = '', content = ''] of inner.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
      labels[key] = content;
    samples.push({ name, labels, value: Number(value) });
  }
  return samples;
}

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
