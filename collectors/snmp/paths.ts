import type { CounterName } from '../../lib/counters/reading.ts';
import type { SampleField } from '../../lib/samples/fields.ts';
import { fieldsOfTarget, PATH_KINDS } from './fields.ts';
import { targetName } from './plan/columns.ts';
import type { PollPlan } from './plan/plan.ts';

/** One part of a device's answers: what comes from tables that belong together. */
export interface PlanPath {
  kind: string;
  /** Tables it is read from; none where the device serves none of them. */
  tables: string[];
  counters: CounterName[];
  /** Groups of the plan that ask for it. */
  groups: number[];
  /** First slots of what it gives; a value in any port's slot is an answer. */
  bases: number[];
  missing: SampleField[];
  /** MIB objects that are asked. */
  objects: Set<string>;
}

/** The parts of a device's answers in the order above, those that the device does not serve as well. */
export function pathsOf(plan: PollPlan): PlanPath[] {
  return PATH_KINDS.map(({ kind, fields, also = [] }) => {
    const path: PlanPath = { kind, tables: [], counters: [], groups: [], bases: [], missing: [], objects: new Set() };
    const given = new Set<SampleField>();
    const isOf = (target: string): boolean =>
      fieldsOfTarget(target).some((field) => fields.includes(field) || also.includes(field));
    const take = (target: string, base: number): boolean => {
      if (!isOf(target)) return false;
      for (const field of fieldsOfTarget(target)) given.add(field);
      path.bases.push(base);
      return true;
    };
    for (const { counter, base } of plan.counters)
      if (take(counter, base) && !path.counters.includes(counter)) path.counters.push(counter);
    for (const { gauge, base } of plan.gauges) take(gauge, base);
    for (const { state, base } of plan.states) take(state, base);
    for (const [g, { columns }] of plan.groups.entries()) {
      const own = columns.filter(({ spec }) => isOf(targetName(spec)));
      if (own.length > 0) path.groups.push(g);
      for (const { table, spec } of own) {
        path.objects.add(spec.object);
        if (!path.tables.includes(table.table)) path.tables.push(table.table);
      }
    }
    path.missing = fields.filter((field) => !given.has(field));
    return path;
  });
}
