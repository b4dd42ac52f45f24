import { join } from 'node:path';
import { type BenchResult, readOptions } from './benchmark.ts';
import { planScenario, SCENARIO_KINDS, type ScenarioKind } from './scenarios/plan.ts';
import { writeScenario } from './scenarios/write.ts';

/**
 * Writes scenarios as recordings: `npm run bench -- scenarios --out DIR --seeds N [--first S] [--kind K]`.
 * One line per scenario.
 */
export function* run(args: string[]): Generator<BenchResult> {
  const options = readOptions(args, { out: 'data/scenarios', seeds: '15', first: '0', kind: '', 'sample-ms': '250' });
  const kind = options.kind === '' ? undefined : (options.kind as ScenarioKind);
  if (kind !== undefined && !SCENARIO_KINDS.includes(kind)) {
    throw new Error(`--kind is one of ${SCENARIO_KINDS.join(', ')}`);
  }
  const first = Number(options.first);
  for (let seed = first; seed < first + Number(options.seeds); seed++) {
    const plan = planScenario(seed, kind, Number(options['sample-ms']));
    const before = process.cpuUsage();
    const truth = writeScenario(plan, join(options.out, plan.name));
    const used = process.cpuUsage(before);
    yield {
      scenario: plan.name,
      ports: plan.cluster.topology.ports.length,
      steps: Object.values(truth.steps).reduce((sum, list) => sum + list.length, 0),
      faults: truth.faults.length,
      optionalFaults: truth.faults.filter((fault) => fault.optional).length,
      affectedSteps: truth.slowSteps.length,
      unscoredSteps: truth.doNotScoreSteps.length,
      networkLostSeconds: truth.networkLostSeconds,
      cpuSeconds: Math.round((used.user + used.system) / 1e4) / 100,
    };
  }
}
