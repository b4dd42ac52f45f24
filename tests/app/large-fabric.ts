import { systemClock } from '../../lib/clock.ts';
import { FabricState } from '../../lib/queries/fabric-state.ts';
import { Findings } from '../../lib/queries/findings.ts';
import { createQueries } from '../../lib/queries/index.ts';
import { IntakeLog } from '../../lib/queries/intake-log.ts';
import { LiveValues } from '../../lib/queries/live-values.ts';
import { TargetBoard } from '../../lib/queries/target-board.ts';
import type { Queries } from '../../lib/queries/types.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import { MemoryDocumentStore } from '../../lib/store/memory/documents.ts';
import { MemorySampleStore } from '../../lib/store/memory/index.ts';
import type { Link } from '../../lib/topology/types.ts';
import { fakeSwitch } from './fake-targets.ts';

const LEAVES = 200;
const SPINES = 40;
const HOSTS_PER_LEAF = 88;
const FIELDS: readonly SampleField[] = [
  'rxPauseFraction',
  'txPauseFraction',
  'rxUtilFraction',
  'txUtilFraction',
  'ecnMarkFraction',
  'queueWatermarkBytes',
  'dropsPerSec',
  'linkUp',
];

/** The monitor's own answers for 33,600 switch ports polled every 5 s: for looking at pages with many rows. */
export function largeFabric(): { queries: Queries; poll: () => void } {
  const live = new LiveValues();
  const fabric = new FabricState();
  const targets = new TargetBoard();
  const leaves = Array.from({ length: LEAVES }, (_, index) => `leaf${index + 1}`);
  const spines = Array.from({ length: SPINES }, (_, index) => `spine${index + 1}`);
  const links: Link[] = leaves.flatMap((leaf, row) => [
    ...Array.from({ length: HOSTS_PER_LEAF }, (_, host) => ({
      a: { device: leaf, port: `Ethernet1/${host + 1}` },
      b: { device: `gpu${row * 11 + Math.floor(host / 8) + 1}`, port: `mlx5_${host % 8}` },
      source: 'lldp' as const,
    })),
    ...spines.map((spine, column) => ({
      a: { device: leaf, port: `Ethernet1/${HOSTS_PER_LEAF + column + 1}` },
      b: { device: spine, port: `Ethernet1/${row + 1}` },
      source: 'lldp' as const,
    })),
  ]);
  fabric.configure({
    devices: [
      ...leaves.map((device) => ({ device, role: 'leaf' as const })),
      ...spines.map((device) => ({ device, role: 'spine' as const })),
      ...Array.from({ length: LEAVES * 11 }, (_, i) => ({ device: `gpu${i + 1}`, role: 'host' as const })),
    ],
    links,
    jobs: [{ job: 'llm', hosts: Array.from({ length: 1000 }, (_, i) => `gpu${i + 1}`), ranks: [], source: 'config' }],
  });
  const devices = [
    ...leaves.map((device) => ({ device, ports: portNames(HOSTS_PER_LEAF + SPINES) })),
    ...spines.map((device) => ({ device, ports: portNames(LEAVES) })),
  ];
  const poll = () => {
    const endMs = systemClock.now();
    for (const [index, { device, ports }] of devices.entries()) {
      live.add({
        device,
        ports,
        startMs: new Float64Array(ports.length).fill(endMs - 5000),
        endMs: new Float64Array(ports.length).fill(endMs),
        quality: new Uint8Array(ports.length),
        columns: FIELDS.map((field) => ({
          field,
          priority: -1,
          values: Float64Array.from(ports, () => (field === 'linkUp' ? 1 : Math.max(0, Math.random() - 0.7) / 3)),
        })),
      });
      targets.set(fakeSwitch(device, index, ports.length, endMs));
    }
  };
  poll();
  const queries = createQueries({
    clock: systemClock,
    samples: new MemorySampleStore(),
    documents: new MemoryDocumentStore(systemClock),
    live,
    fabric,
    targets,
    findings: new Findings(),
    intake: new IntakeLog(systemClock),
    deliveries: () => [],
  });
  return { queries, poll };
}

function portNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Ethernet1/${index + 1}`);
}
