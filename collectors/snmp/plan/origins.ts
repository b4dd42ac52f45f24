import type { PollPlan } from './plan.ts';

/**
 * Whether a counter that both plans have is made otherwise in the second. A total that is made of other parts than
 * before is another counter, whatever its name: the difference of the two is not traffic. Worked out when it is asked:
 * kept for every counter of every port of a fabric it would be the largest thing in the process.
 */
export function countsOtherwise(before: PollPlan, after: PollPlan): boolean {
  const earlier = originsOf(before);
  for (const [counter, origin] of originsOf(after)) {
    const was = earlier.get(counter);
    if (was !== undefined && was !== origin) return true;
  }
  return false;
}

/** Where each counter of each port comes from: object and how many cells are added up. */
function originsOf(plan: PollPlan): Map<string, string> {
  const parts = new Map<number, number>();
  const { dest, start } = plan.folds;
  for (let fold = 0; fold < dest.length; fold++) {
    parts.set(dest[fold] ?? -1, (start[fold + 1] ?? 0) - (start[fold] ?? 0));
  }
  const origins = new Map<string, string>();
  for (const { counter, priority, object, base } of plan.counters) {
    for (const [port, name] of plan.ports.entries()) {
      origins.set(`${counter}|${priority}|${name}`, `${object}*${parts.get(base + port) ?? 1}`);
    }
  }
  return origins;
}
