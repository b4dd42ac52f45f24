'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import type { OverviewView } from '../../lib/api/types.ts';
import { formatFraction, formatFractionCell, markBound } from '../../lib/format/numbers.ts';
import type { PortRef } from '../../lib/topology/types.ts';
import { heatColours } from '../_lib/heat.ts';
import { heatStyle } from '../_lib/heat-style.ts';
import { portHref, portName } from '../_lib/paths.ts';
import { HeatCanvas } from './heat-canvas.tsx';
import { HeatLegend } from './heat-legend.tsx';
import { ScrollRegion } from './scroll-region.tsx';
import { Empty } from './states.tsx';

type Heat = OverviewView['heat'];

/** Past this many cells a canvas draws the map; a table of links would cost the browser too much. */
const MOST_TABLE_CELLS = 1000;

/** Leaf x spine map of blocked time with the hosts' side of every leaf beside it. Missing is hatched, zero is empty. */
export function FabricHeat({
  heat,
  stale = false,
  fits = false,
  marked,
}: {
  heat: Heat;
  stale?: boolean;
  /** Scrolls inside its panel rather than push the page past the screen. */
  fits?: boolean;
  /** Names of ports to outline: root and victims of a chosen incident. */
  marked?: ReadonlySet<string>;
}) {
  if (heat.leaves.length === 0) {
    return (
      <Empty
        title="No leaf is known yet."
        command={'links: [{ a: leaf1/Ethernet1, b: gpu07/mlx5_0 }]   # stallscope.yaml'}
      >
        The map follows from LLDP of the polled switches, or from links in the config.
      </Empty>
    );
  }
  if (heat.leaves.length * (heat.spines.length + 1) > MOST_TABLE_CELLS) return <HeatCanvas heat={heat} />;
  const height = cellHeight(heat.leaves.length);
  const cells = new Map(heat.cells.map((cell) => [JSON.stringify([cell.leaf, cell.spine]), cell]));
  const edges = new Map(heat.edges.map((edge) => [edge.leaf, edge]));
  return (
    <div>
      <ScrollRegion
        className={clsx('overflow-auto', fits && 'lg:max-h-[22rem]')}
        label="Blocked time between leaves and spines"
      >
        <table className="w-full border-separate border-spacing-0.5 text-center">
          <thead>
            <tr className="text-xs text-muted">
              <td className="w-px" />
              {heat.spines.map((spine) => (
                <th key={spine} scope="col" className="max-w-24 truncate px-1" title={spine}>
                  {spine}
                </th>
              ))}
              <th scope="col" className="border-l border-line px-1" title="worst host-facing port of the leaf">
                hosts
              </th>
            </tr>
          </thead>
          <tbody>
            {heat.leaves.map((leaf) => {
              const edge = edges.get(leaf);
              return (
                <tr key={leaf}>
                  <th scope="row" className="max-w-32 truncate pr-2 text-right text-xs text-muted" title={leaf}>
                    {leaf}
                  </th>
                  {heat.spines.map((spine) => {
                    const cell = cells.get(JSON.stringify([leaf, spine]));
                    return (
                      <Cell
                        key={spine}
                        leaf={leaf}
                        spine={spine}
                        blockedFraction={cell?.blockedFraction ?? null}
                        bounded={cell?.bounded === true}
                        port={cell?.port ?? null}
                        linked={cell !== undefined}
                        stale={stale || cell?.stale === true}
                        height={height}
                        marked={marked}
                      />
                    );
                  })}
                  <Cell
                    leaf={leaf}
                    spine="hosts"
                    blockedFraction={edge?.blockedFraction ?? null}
                    bounded={edge?.bounded === true}
                    port={edge?.port ?? null}
                    linked={edge !== undefined}
                    stale={stale || edge?.stale === true}
                    height={height}
                    marked={marked}
                  />
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollRegion>
      <HeatLegend />
    </div>
  );
}

/** A small fabric fills its panel, a large one stays on the screen. */
function cellHeight(leaves: number): string {
  if (leaves <= 6) return 'h-13';
  if (leaves <= 8) return 'h-9';
  return leaves <= 12 ? 'h-6' : 'h-5';
}

interface CellProps {
  leaf: string;
  spine: string;
  blockedFraction: number | null;
  /** Only an upper bound. */
  bounded: boolean;
  port: PortRef | null;
  /** False where the two switches share no cable. */
  linked: boolean;
  stale: boolean;
  height: string;
  marked: ReadonlySet<string> | undefined;
}

function describe({ leaf, spine, blockedFraction, bounded, port, linked, stale }: CellProps): string {
  const where = spine === 'hosts' ? `${leaf}, its hosts` : `${leaf} to ${spine}`;
  if (!linked) return `${where}: no link known`;
  if (blockedFraction === null) return `${where}: no data`;
  const behind = port === null ? '' : ` at ${portName(port)}`;
  const share = bounded
    ? `at most ${formatFraction(blockedFraction)} (frames are counted, not time)`
    : formatFraction(blockedFraction);
  return `${where}: blocked ${share}${behind}${stale ? ', not updated lately' : ''}`;
}

function Cell(props: CellProps) {
  const { leaf, spine, blockedFraction, bounded, port, linked, stale, height, marked } = props;
  const missing = blockedFraction === null;
  const text = missing
    ? linked
      ? '?'
      : ''
    : markBound(formatFractionCell(blockedFraction), bounded && blockedFraction > 0);
  const description = describe(props);
  const outlined = port !== null && marked?.has(portName(port)) === true;
  const look = clsx(
    'flex min-w-9 items-center justify-center rounded-xs border text-xs',
    height,
    missing ? 'border-line' : 'heat-cell border-line',
    linked && (missing || stale) && 'hatched',
    !linked && 'border-transparent',
    outlined && 'outline-2 outline-critical',
  );
  const style = missing ? undefined : heatStyle(heatColours(blockedFraction));
  return (
    <td
      data-testid="heat-cell"
      data-leaf={leaf}
      data-spine={spine}
      data-blocked={blockedFraction ?? undefined}
      className={clsx('p-0', spine === 'hosts' && 'border-l border-line pl-0.5')}
    >
      {port === null ? (
        <div className={look} style={style} title={description}>
          <span aria-hidden>{text}</span>
          <span className="sr-only">{description}</span>
        </div>
      ) : (
        <Link href={portHref(port)} className={look} style={style} title={description} aria-label={description}>
          {stale && !missing ? <span className="rounded-xs bg-surface px-0.5 text-text">{text}</span> : text}
        </Link>
      )}
    </td>
  );
}
