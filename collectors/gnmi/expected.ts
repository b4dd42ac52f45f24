import type { MissingLeaf } from '../../lib/events/events.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import { fieldsOfQuantity } from './fields.ts';
import { type LeafSeen, watchOf } from './intake/slots.ts';
import type { PathSet, Quantity, SetLeaf } from './paths/types.ts';
import { parsePath } from './proto/path.ts';

/** Something a leaf is read for. Leaves with the same key stand in for each other. */
interface Use {
  field: SampleField;
  key: string;
}

const NUMBERS = /(\d+)/;

interface Expected extends LeafSeen {
  set: PathSet;
  /** The asked path it lies under, and where below. */
  watch: number;
  name: string;
  leaf: string;
  uses: readonly Use[];
  spare: boolean;
}

/** The leaves that a device's paths were asked for, and which of them have come with a value. */
export class ExpectedLeaves {
  private readonly leaves: Expected[] = [];

  /** Adds those of a set. @returns them by name, for whoever reads the set's messages */
  add(set: PathSet, firstWatch: number): ReadonlyMap<string, LeafSeen> {
    const asked = set.paths.map(({ path }) => parsePath(path));
    const own = set.leaves.map((leaf): Expected => {
      const elems = parsePath(leaf.at);
      const index = watchOf(asked, elems);
      const depth = asked[index]?.length ?? 0;
      return {
        set,
        watch: firstWatch + index,
        name:
          leaf.at
            .split('/')
            .slice(isUnder(asked, index, leaf) ? depth : 0)
            .join('/') || leaf.leaf,
        leaf: leaf.leaf,
        uses: usesOf(leaf),
        spare: standsIn(leaf) || set.optional === true,
        seen: false,
      };
    });
    this.leaves.push(...own);
    return new Map(own.map((leaf) => [leaf.leaf, leaf]));
  }

  /**
   * Leaves of a path that have never come, each with the fields it would give. Left out is what gives no field, and what
   * another leaf of the device gives in its stead.
   */
  missing(watch: number): MissingLeaf[] {
    const found = this.leaves.flatMap((leaf) => {
      if (leaf.watch !== watch || leaf.seen || leaf.spare) return [];
      const fields = leaf.uses.filter(({ key }) => !this.hasOther(key, leaf)).map(({ field }) => field);
      return fields.length === 0 ? [] : [{ leaf: leaf.name, fields }];
    });
    return withoutNumbers(found);
  }

  /** Fields of some missing leaves that no leaf of the same path gives: what is summed of several may be given in part. */
  fieldsMissing(watch: number, missing: readonly MissingLeaf[]): string[] {
    const given = new Set(
      this.leaves.flatMap(({ watch: own, seen, uses }) =>
        own === watch && seen ? uses.map(({ field }): string => field) : [],
      ),
    );
    return [...new Set(missing.flatMap(({ fields }) => fields))].filter((field) => !given.has(field));
  }

  private hasOther(key: string, { leaf, set }: Expected): boolean {
    return this.leaves.some(
      (other) =>
        other.seen &&
        other.leaf !== leaf &&
        // Another ASIC of the device does not count its ports.
        (other.set === set || other.set.name !== set.name) &&
        other.uses.some((use) => use.key === key),
    );
  }
}

/** Some devices give this leaf for another: nobody misses it. */
function standsIn({ quantity, spare }: SetLeaf): boolean {
  return spare === true || (quantity.kind === 'counter' && quantity.rank > 0);
}

function usesOf(leaf: SetLeaf): Use[] {
  const { quantity } = leaf;
  const scope = 'priority' in quantity && quantity.priority >= 0 ? 'each' : 'port';
  const part = partOf(quantity, standsIn(leaf));
  return fieldsOfQuantity(quantity).map((field) => ({ field, key: `${field} ${scope} ${part}` }));
}

/** Which summand of a counter a leaf is; one that stands in is the whole. */
function partOf(quantity: Quantity, instead: boolean): string {
  if (quantity.kind !== 'counter') return '';
  // How often a link went down is not told by its being up.
  if (quantity.counter === 'linkDowns') return 'downs';
  return instead ? '' : quantity.part;
}

function isUnder(asked: readonly { name: string }[][], index: number, { at }: SetLeaf): boolean {
  const names = at.split('/');
  return asked[index]?.every(({ name }, depth) => name === names[depth]) ?? false;
}

/** "PFC_*_RX_PKTS" in place of eight leaves that differ by a number. */
function withoutNumbers(leaves: readonly MissingLeaf[]): MissingLeaf[] {
  const alike = new Map<string, MissingLeaf[]>();
  for (const leaf of leaves) {
    const pattern = `${leaf.leaf.replace(/\d+/g, '*')} ${leaf.fields.join()}`;
    alike.set(pattern, [...(alike.get(pattern) ?? []), leaf]);
  }
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const pieces = others.map(({ leaf }) => leaf.split(NUMBERS));
    const common = first.leaf
      .split(NUMBERS)
      .map((piece, at) => (pieces.every((one) => one[at] === piece) ? piece : '*'));
    return { ...first, leaf: common.join('') };
  });
}
