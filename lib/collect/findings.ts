import type { CounterName } from '../counters/reading.ts';
import type { TargetHealth, TargetPathHealth } from '../events/events.ts';
import type { DevicePipeline } from './device-pipeline.ts';
import type { ReportedHealth, ReportedPath } from './types.ts';

/** A device's health together with what its counters have shown: how seldom they are refreshed, which are of no use. */
export function withFindings(
  { paths, ...report }: ReportedHealth,
  pipeline: Pick<DevicePipeline, 'refreshMs' | 'problemsOf'>,
): TargetHealth {
  const { device } = report;
  const problems = pipeline.problemsOf(device);
  return {
    ...report,
    paths: paths.map((path) => pathWithFindings(path, problems, pipeline.refreshMs(device, path.counters))),
    refused: [...new Set([...report.refused, ...problems])],
  };
}

function pathWithFindings(
  { counters, ...path }: ReportedPath,
  problems: readonly string[],
  refreshMs: number | null,
): TargetPathHealth {
  if (counters === undefined) return { ...path, staircaseMs: path.staircaseMs ?? refreshMs };
  if (counters.length === 0) return path;
  const own = problems.filter((problem) => names(problem, counters));
  const refused = [...new Set([...(path.refused ?? []), ...own])];
  return { ...path, staircaseMs: path.staircaseMs ?? refreshMs, ...(refused.length === 0 ? {} : { refused }) };
}

/** Whether a problem is one of these counters: it calls them by name. */
function names(problem: string, counters: readonly CounterName[]): boolean {
  const words = problem.split(/[^A-Za-z0-9]+/);
  return counters.some((counter) => words.includes(counter));
}
