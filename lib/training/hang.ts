import type { TrainingConfig } from './config.ts';
import type { NetworkView } from './contract.ts';
import type { HangFinding } from './step.ts';

/**
 * What the network did to a job since its last step. A hang has no end and no excess to divide, so it is the network's where one
 * incident held the job for most of the time it should have been stepping, and not the network's where all its ports were watched and quiet.
 * @param before what was said of the same hang: beyond what the network view remembers, that stands
 * @param stepSeconds how long a step usually takes: so much of the silence is no hang
 */
export function judgeHang(
  job: string,
  span: { sinceMs: number; nowMs: number; stepSeconds: number },
  view: NetworkView,
  before: HangFinding | undefined,
  config: TrainingConfig,
): HangFinding {
  const { sinceMs, nowMs, stepSeconds } = span;
  if (nowMs - sinceMs > config.reviseMs) {
    return (
      before ?? {
        sinceMs,
        verdict: 'unknown',
        incidents: [],
        reason: 'it began before what is remembered of the network',
      }
    );
  }
  const range = { startMs: sinceMs, endMs: nowMs };
  const incidents = view
    .impactsOf(job, range)
    .map(({ incidentId, kind, segments, root }) => ({
      finding: { incident: incidentId, kind, heldSeconds: round(heldWithin(segments, range)) },
      where: root === undefined ? incidentId : `${root.device}/${root.port}`,
    }))
    .filter(({ finding }) => finding.heldSeconds > 0)
    .sort((a, b) => b.finding.heldSeconds - a.finding.heldSeconds);
  const found = { sinceMs, incidents: incidents.map(({ finding }) => finding) };
  const silentSeconds = Math.max(0, (nowMs - sinceMs) / 1000 - stepSeconds);
  const [first] = incidents;
  if (first && first.finding.heldSeconds >= config.coverFraction * silentSeconds) {
    return {
      ...found,
      verdict: 'network',
      reason: `${first.finding.kind} at ${first.where} has held it up most of the time since`,
    };
  }
  if (first) {
    const reason = `${first.finding.kind} at ${first.where} touches it, but held it up for less than half of the time`;
    return { ...found, verdict: 'unknown', reason };
  }
  const coverage = view.coverageOf(job, range);
  if (coverage && coverage.watchedFraction >= config.clearWatchedFraction && coverage.congestedFraction === 0) {
    const reason = 'every port on its paths was watched and none was congested: look at its hosts and its log';
    return { ...found, verdict: 'not-network', reason };
  }
  const reason = coverage ? 'not all of its ports were watched and quiet' : 'its ports are not known';
  return { ...found, verdict: 'unknown', reason: `no incident held it up, but ${reason}` };
}

/** Evidence seconds inside a range; a segment half inside counts half. */
function heldWithin(
  segments: readonly { startMs: number; endMs: number; evidenceSeconds: number }[],
  range: { startMs: number; endMs: number },
): number {
  let seconds = 0;
  for (const { startMs, endMs, evidenceSeconds } of segments) {
    const insideMs = Math.min(endMs, range.endMs) - Math.max(startMs, range.startMs);
    if (insideMs > 0) seconds += (evidenceSeconds * insideMs) / (endMs - startMs);
  }
  return seconds;
}

const round = (seconds: number) => Math.round(seconds);
