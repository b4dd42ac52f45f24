import type { HeatCell, OverviewView, PortRow } from '../../../lib/api/types.ts';
import type { PortRef } from '../../../lib/topology/types.ts';
import type { Scene } from './scene.ts';
import { downlink, isUplink, LEAVES, SPINES, uplink } from './topology.ts';

/** The map of leaves by spines and of each leaf's edge. In the storm spine4 is stale, and unknown where it meets leaf4. */
export function heatOf({ mode }: Scene, rows: readonly PortRow[]): OverviewView['heat'] {
  if (mode === 'empty') return { leaves: [], spines: [], cells: [], edges: [] };
  const byName = new Map(rows.map((row) => [`${row.device}/${row.port}`, row]));
  const rowAt = ({ device, port }: PortRef) => byName.get(`${device}/${port}`);
  const cells: HeatCell[] = LEAVES.flatMap((leaf, leafIndex) =>
    SPINES.map((spine, spineIndex) => {
      const up = rowAt(uplink(leaf, spineIndex));
      const down = rowAt(downlink(spine, leafIndex));
      const worst = blockedFraction(down) > blockedFraction(up) ? down : up;
      const stale = spine === 'spine4' && mode === 'storm';
      const heat = heatAt(worst);
      return {
        leaf,
        spine,
        ...heat,
        blockedFraction: stale && leaf === 'leaf4' ? null : heat.blockedFraction,
        utilFraction: up?.latest.rxUtilFraction ?? null,
        stale,
      };
    }),
  );
  const edges = LEAVES.map((leaf) => {
    const own = rows.filter((row) => row.device === leaf && !isUplink(row));
    const worst = own.sort((a, b) => blockedFraction(b) - blockedFraction(a))[0];
    return { leaf, ...heatAt(worst), stale: false };
  });
  return { leaves: LEAVES, spines: SPINES, cells, edges };
}

function blockedFraction(row: PortRow | undefined): number {
  return row?.latest.rxPauseFraction ?? 0;
}

function heatAt(worst: PortRow | undefined): Pick<HeatCell, 'blockedFraction' | 'bounded' | 'port'> {
  return {
    blockedFraction: worst?.latest.rxPauseFraction ?? null,
    bounded: false,
    port: worst ? { device: worst.device, port: worst.port } : null,
  };
}
