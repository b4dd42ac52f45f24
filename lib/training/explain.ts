import type { StepVerdict } from './step.ts';

/** One step verdict as plain text, ready to paste into a ticket. */
export function explainStep(verdict: StepVerdict): string {
  const lines = [`${verdict.job} step ${verdict.step}: ${headline(verdict)}`];
  lines.push(`  took ${verdict.durationSeconds.toFixed(3)} s, usual ${verdict.baselineSeconds.toFixed(3)} s`);
  for (const cause of verdict.causes) {
    const high =
      cause.secondsHigh !== undefined && cause.secondsHigh > cause.seconds
        ? ` (at most ${cause.secondsHigh.toFixed(3)} s)`
        : '';
    const rank = cause.rank === undefined ? '' : ` rank ${cause.rank}${cause.host ? ` on ${cause.host}` : ''}`;
    const what = cause.incident === null ? `${cause.kind}${rank}` : `${cause.text ?? cause.kind} (${cause.incident})`;
    lines.push(`  ${cause.seconds.toFixed(3)} s${high} ${what}`);
  }
  for (const reason of verdict.reasons) lines.push(`  because ${reason}`);
  for (const missing of verdict.notVisible) lines.push(`  not visible: ${missing}`);
  if (verdict.flags.length > 0) lines.push(`  flags: ${verdict.flags.join(', ')}`);
  return lines.join('\n');
}

function headline(verdict: StepVerdict): string {
  if (!verdict.slow) return 'not slow';
  const sure = verdict.label ? ` (${verdict.label})` : '';
  if (verdict.verdict === 'network') return `slow because of the network${sure}`;
  if (verdict.verdict === 'not-network') return `slow, and not because of the network${sure}`;
  return 'slow; cannot tell whether the network did it';
}
