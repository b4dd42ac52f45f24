import type { Incident, PropagationEdge } from '../../lib/diagnosis/incident.ts';
import type { PortRef } from '../../lib/topology/types.ts';
import { portName, samePort } from './paths.ts';

/** What part a port plays in an incident. A sender is where the traffic comes from, a victim who waits for the root. */
export type PortPart = 'root' | 'sender' | 'victim' | 'path';

/** One port of the drawing; `depth` is how many waits it is away from the root. */
export interface PropagationNode {
  key: string;
  port: PortRef;
  part: PortPart;
  depth: number;
  /** Share of this port's pause seconds that the edge towards the root carries; null for the root. */
  weight: number | null;
  children: PropagationNode[];
}

const keyOf = (port: PortRef): string => JSON.stringify([port.device, port.port]);

function partOf(incident: Incident, port: PortRef): PortPart {
  if (port.device === incident.rootDevice && port.port === incident.rootPort) return 'root';
  if (incident.victims.some((victim) => samePort(victim, port))) return 'victim';
  if (incident.senders.some((sender) => samePort(sender, port))) return 'sender';
  return 'path';
}

/**
 * The pause graph as a tree from the root outwards: who waits for whom. A port that waits for several is placed once,
 * by its heaviest edge, and a loop (as in a deadlock) ends where it would repeat. Edges that hang off nothing known
 * start from the root, and victims without an edge come last.
 */
export function propagationTree(incident: Incident): PropagationNode {
  const rootPort: PortRef = { device: incident.rootDevice, port: incident.rootPort };
  const waiters = new Map<string, PropagationEdge[]>();
  for (const edge of incident.edges) {
    const list = waiters.get(keyOf(edge.to)) ?? [];
    list.push(edge);
    waiters.set(keyOf(edge.to), list);
  }
  const root: PropagationNode = {
    key: keyOf(rootPort),
    port: rootPort,
    part: 'root',
    depth: 0,
    weight: null,
    children: [],
  };
  const placed = new Set([root.key]);
  grow(root, waiters, placed, incident);
  for (const edge of incident.edges) {
    if (!placed.has(keyOf(edge.to)) && !samePort(edge.to, rootPort)) attach(root, edge.to, null, placed, incident);
  }
  for (const node of [...root.children]) grow(node, waiters, placed, incident);
  for (const victim of incident.victims) attach(root, victim, null, placed, incident);
  return root;
}

function attach(
  parent: PropagationNode,
  port: PortRef,
  weight: number | null,
  placed: Set<string>,
  incident: Incident,
): PropagationNode | undefined {
  const key = keyOf(port);
  if (placed.has(key)) return undefined;
  placed.add(key);
  const node: PropagationNode = {
    key,
    port,
    part: partOf(incident, port),
    depth: parent.depth + 1,
    weight,
    children: [],
  };
  parent.children.push(node);
  return node;
}

function grow(
  start: PropagationNode,
  waiters: ReadonlyMap<string, readonly PropagationEdge[]>,
  placed: Set<string>,
  incident: Incident,
): void {
  const queue = [start];
  for (let parent = queue.shift(); parent !== undefined; parent = queue.shift()) {
    const edges = (waiters.get(parent.key) ?? []).toSorted((a, b) => b.weight - a.weight);
    for (const edge of edges) {
      const node = attach(parent, edge.from, edge.weight, placed, incident);
      if (node !== undefined) queue.push(node);
    }
  }
}

/** A node with its place in the drawing: one column per depth, one row per leaf of the tree. */
export interface PlacedNode {
  node: PropagationNode;
  column: number;
  row: number;
}

export interface PropagationLayout {
  nodes: PlacedNode[];
  lines: { from: PlacedNode; to: PlacedNode; weight: number | null }[];
  columns: number;
  rows: number;
  /** Ports left out so that the drawing stays readable; the list beside it has them all. */
  hidden: number;
}

/** Places at most `maxRows` leaves; each parent sits beside the middle of its children. */
export function layoutPropagation(root: PropagationNode, maxRows = 24): PropagationLayout {
  const layout: PropagationLayout = { nodes: [], lines: [], columns: 0, rows: 0, hidden: 0 };
  place(root, layout, maxRows);
  return layout;
}

function place(node: PropagationNode, layout: PropagationLayout, maxRows: number): PlacedNode | undefined {
  if (layout.rows >= maxRows) {
    layout.hidden += countNodes(node);
    return undefined;
  }
  const placed: PlacedNode = { node, column: node.depth, row: layout.rows };
  layout.nodes.push(placed);
  layout.columns = Math.max(layout.columns, node.depth + 1);
  const children: PlacedNode[] = [];
  for (const child of node.children) {
    const spot = place(child, layout, maxRows);
    if (spot !== undefined) children.push(spot);
  }
  if (children.length === 0) layout.rows += 1;
  else placed.row = ((children[0]?.row ?? 0) + (children.at(-1)?.row ?? 0)) / 2;
  for (const child of children) layout.lines.push({ from: placed, to: child, weight: child.node.weight });
  return placed;
}

/** How many ports a tree holds. */
export function countNodes(node: PropagationNode): number {
  return node.children.reduce((sum, child) => sum + countNodes(child), 1);
}

const PART_TEXT: Readonly<Record<PortPart, string>> = {
  root: 'root: the pause starts here',
  victim: 'victim: waits for the root',
  sender: 'sender: its traffic meets the root',
  path: 'on the path',
};

export function partText(part: PortPart): string {
  return PART_TEXT[part];
}

/** The tree as indented lines, for people who read instead of look. */
export function propagationLines(node: PropagationNode): string[] {
  const line = `${'  '.repeat(node.depth)}${portName(node.port)} (${PART_TEXT[node.part]})`;
  return [line, ...node.children.flatMap(propagationLines)];
}
