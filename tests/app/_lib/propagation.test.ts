import { describe, expect, it } from 'vitest';
import { countNodes, layoutPropagation, propagationLines, propagationTree } from '../../../app/_lib/propagation.ts';
import type { PropagationEdge } from '../../../lib/diagnosis/incident.ts';
import { incident } from '../../findings.ts';

const port = (device: string) => ({ device, port: 'e1' });
const edge = (from: string, to: string, weight = 1): PropagationEdge => ({ from: port(from), to: port(to), weight });
const storm = (edges: PropagationEdge[], victims: string[] = []) =>
  incident({ rootDevice: 'root', rootPort: 'e1', edges, victims: victims.map(port) });

describe('the tree of a pause', () => {
  it('grows from the root to those who wait for it', () => {
    const tree = propagationTree(storm([edge('leaf1', 'spine1'), edge('spine1', 'root')], ['leaf1']));
    expect(propagationLines(tree)).toEqual([
      'root/e1 (root: the pause starts here)',
      '  spine1/e1 (on the path)',
      '    leaf1/e1 (victim: waits for the root)',
    ]);
  });

  it('places a port that waits for several once, by the nearest wait and the heaviest edge', () => {
    const tree = propagationTree(
      storm([
        edge('spine1', 'root', 0.2),
        edge('spine2', 'root', 0.9),
        edge('leaf1', 'spine1', 1),
        edge('leaf1', 'spine2', 0.5),
      ]),
    );
    expect(countNodes(tree)).toBe(4);
    expect(tree.children.map((child) => child.port.device)).toEqual(['spine2', 'spine1']);
    expect(tree.children[0]?.children.map((child) => child.port.device)).toEqual(['leaf1']);
  });

  it('ends a loop where it would repeat', () => {
    const tree = propagationTree(storm([edge('b', 'root'), edge('c', 'b'), edge('root', 'c')]));
    expect(countNodes(tree)).toBe(3);
  });

  it('loses no port: an edge that hangs off nothing known and a victim without an edge start at the root', () => {
    const tree = propagationTree(storm([edge('leaf9', 'spine9')], ['leaf5']));
    const names = propagationLines(tree).map((text) => text.trim().split('/')[0]);
    expect(names.sort()).toEqual(['leaf5', 'leaf9', 'root', 'spine9']);
  });

  it('gives every leaf of the tree a row of its own and keeps parents beside their children', () => {
    const layout = layoutPropagation(
      propagationTree(storm([edge('a', 'root'), edge('b', 'root'), edge('a1', 'a'), edge('a2', 'a')])),
    );
    const rows = layout.nodes.filter((spot) => spot.node.children.length === 0).map((spot) => spot.row);
    expect(new Set(rows).size).toBe(rows.length);
    expect(layout).toMatchObject({ rows: 3, columns: 3, hidden: 0 });
    const parent = layout.nodes.find((spot) => spot.node.port.device === 'a');
    expect(parent?.row).toBe(0.5);
    expect(layout.lines).toHaveLength(4);
  });

  it('says how many ports a drawing of bounded height leaves out', () => {
    const many = Array.from({ length: 30 }, (_, index) => edge(`leaf${index}`, 'root'));
    const layout = layoutPropagation(propagationTree(storm(many)), 10);
    expect(layout.rows).toBe(10);
    expect(layout.hidden).toBe(20);
  });
});
