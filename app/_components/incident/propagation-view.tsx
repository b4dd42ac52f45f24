'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import { useMemo } from 'react';
import type { Incident } from '../../../lib/diagnosis/incident.ts';
import { formatFraction } from '../../../lib/format/numbers.ts';
import type { MarkShape } from '../../_lib/causes.ts';
import { portHref, portName } from '../../_lib/paths.ts';
import {
  layoutPropagation,
  type PlacedNode,
  type PortPart,
  type PropagationNode,
  partText,
  propagationTree,
} from '../../_lib/propagation.ts';
import { Mark } from '../mark.tsx';
import { ScrollRegion } from '../scroll-region.tsx';

const COLUMN_GAP = 42;
/** CSS pixels of a letter of a name, of what stands around it, and of the widest node; longer names are cut. */
const LETTER_WIDTH = 7.4;
const NODE_FRAME = 32;
const MOST_NODE_WIDTH = 190;
const ROW_HEIGHT = 30;
const NODE_HEIGHT = 24;

const PART_LOOKS: Readonly<Record<PortPart, { shape: MarkShape; colour: string }>> = {
  root: { shape: 'diamond', colour: 'var(--critical)' },
  victim: { shape: 'triangle', colour: 'var(--warning)' },
  sender: { shape: 'square', colour: 'var(--info)' },
  path: { shape: 'ring', colour: 'var(--unknown)' },
};

/** The pause graph from its root outwards: drawn where there is room, and as an indented list for everyone. */
export function PropagationView({ incident }: { incident: Incident }) {
  const tree = useMemo(() => propagationTree(incident), [incident]);
  return (
    <>
      <div className="max-sm:hidden">
        <Drawing tree={tree} />
      </div>
      <Legend />
      <ul className="sm:hidden">
        <Branch node={tree} />
      </ul>
      <details className="mt-1 max-sm:hidden">
        <summary className="text-muted">As a list</summary>
        <ul>
          <Branch node={tree} />
        </ul>
      </details>
    </>
  );
}

function Drawing({ tree }: { tree: PropagationNode }) {
  const layout = useMemo(() => layoutPropagation(tree), [tree]);
  // No wider than the names need: a path from spine to host then fits without scrolling.
  const longest = Math.max(...layout.nodes.map(({ node }) => portName(node.port).length));
  const nodeWidth = Math.min(MOST_NODE_WIDTH, NODE_FRAME + LETTER_WIDTH * longest);
  const columnWidth = nodeWidth + COLUMN_GAP;
  const width = (layout.columns - 1) * columnWidth + nodeWidth + 2;
  const height = Math.max(1, layout.rows) * ROW_HEIGHT;
  const xOf = (spot: PlacedNode) => spot.column * columnWidth + 1;
  const yOf = (spot: PlacedNode) => spot.row * ROW_HEIGHT + ROW_HEIGHT / 2;
  return (
    <ScrollRegion label="Propagation of the pause" className="overflow-auto">
      <div className="relative" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true" className="absolute inset-0">
          {layout.lines.map(({ from, to, weight }) => {
            const [x1, y1, x2, y2] = [xOf(from) + nodeWidth, yOf(from), xOf(to), yOf(to)];
            const middle = (x1 + x2) / 2;
            return (
              <g key={to.node.key}>
                <path
                  d={`M${x2} ${y2} C${middle} ${y2} ${middle} ${y1} ${x1} ${y1}`}
                  fill="none"
                  stroke="var(--line-strong)"
                  strokeWidth={weight === null ? 1 : 1 + 2 * weight}
                  strokeDasharray={weight === null ? '3 3' : undefined}
                />
                {weight !== null && (
                  <text x={x2 - 4} y={y2 - 4} textAnchor="end" fontSize="10" fill="var(--muted)">
                    {formatFraction(weight)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
        {layout.nodes.map((spot) => (
          <Link
            key={spot.node.key}
            href={portHref(spot.node.port)}
            title={`${portName(spot.node.port)}: ${partText(spot.node.part)}`}
            className={clsx(
              'absolute flex items-center gap-1.5 rounded border bg-surface px-1.5 font-mono text-xs hover:bg-raised',
              spot.node.part === 'root' ? 'border-2 border-critical font-semibold' : 'border-line-strong',
            )}
            style={{ left: xOf(spot), top: yOf(spot) - NODE_HEIGHT / 2, width: nodeWidth, height: NODE_HEIGHT }}
          >
            <Mark {...PART_LOOKS[spot.node.part]} size={10} />
            <span className="truncate">{portName(spot.node.port)}</span>
            <span className="sr-only">{partText(spot.node.part)}</span>
          </Link>
        ))}
      </div>
      {layout.hidden > 0 && <p className="text-muted">{layout.hidden} more ports are in the list below.</p>}
    </ScrollRegion>
  );
}

function Legend() {
  return (
    <ul className="mt-1.5 flex flex-wrap gap-x-4 text-xs text-muted">
      {(['root', 'victim', 'sender', 'path'] as const).map((part) => (
        <li key={part} className="flex items-center gap-1">
          <Mark {...PART_LOOKS[part]} size={9} /> {partText(part)}
        </li>
      ))}
      <li>percent: share of that port's pause this edge carries</li>
    </ul>
  );
}

function Branch({ node }: { node: PropagationNode }) {
  return (
    <li className="pl-4">
      <span className="flex items-center gap-1.5 leading-6">
        <Mark {...PART_LOOKS[node.part]} size={9} />
        <Link href={portHref(node.port)} className="link break-all font-mono text-xs">
          {portName(node.port)}
        </Link>
        <span className="text-xs text-muted">
          {partText(node.part)}
          {node.weight !== null && `, ${formatFraction(node.weight)} of its pause`}
        </span>
      </span>
      {node.children.length > 0 && (
        <ul>
          {node.children.map((child) => (
            <Branch key={child.key} node={child} />
          ))}
        </ul>
      )}
    </li>
  );
}
