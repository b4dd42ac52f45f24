import type { OverviewView } from '../api/types.ts';
import type { Incident } from '../diagnosis/incident.ts';
import { formatDuration } from '../duration.ts';

/** Everything the verdict of the overview rests on. */
export interface SentenceFacts {
  nowMs: number;
  /** Open incidents, worst first. */
  open: readonly Incident[];
  coverage: OverviewView['coverage'];
  /** Newest sample of anything is too old to speak of now. */
  stale: boolean;
}

type Verdict = Pick<OverviewView, 'state' | 'sentence'>;

/** One honest sentence: what hurts now, or that nothing does, or that nobody can tell. */
export function verdictSentence(facts: SentenceFacts): Verdict {
  const { open, coverage } = facts;
  const worst = open.filter(({ severity }) => severity !== 'info');
  const blind = blindness(facts);
  if (blind !== undefined && worst.length === 0) return { state: 'unknown', sentence: `Cannot tell: ${blind}.` };
  const first = worst[0];
  if (first) {
    const hurting = worst.some(hurts);
    const others = worst.length - 1;
    const more = others === 0 ? '' : ` ${others} more ${others === 1 ? 'incident is' : 'incidents are'} open.`;
    const unsure = blind === undefined ? '' : ` This is as last seen: ${blind}.`;
    return { state: hurting ? 'hurting' : 'attention', sentence: `${closed(first.summary)}${more}${unsure}` };
  }
  const from = coverage.targets === 0 ? '' : ` of ${count(coverage.targetsOk, 'target')}`;
  const watched = `${count(coverage.ports, 'port')}${from} watched`;
  if (coverage.silent.length > 0) {
    const names = coverage.silent.slice(0, 3).map(({ target }) => target);
    const rest = coverage.silent.length > names.length ? ` and ${coverage.silent.length - names.length} more` : '';
    const sentence = `Nothing that can be seen is hurting, but ${coverage.silent.length} of ${count(coverage.targets, 'target')} ${coverage.silent.length === 1 ? 'is' : 'are'} silent: ${names.join(', ')}${rest}.`;
    return { state: 'attention', sentence };
  }
  return { state: 'ok', sentence: `Nothing is hurting: ${watched}, newest data ${age(facts)}.` };
}

function hurts(incident: Incident): boolean {
  return incident.severity === 'critical' || incident.jobs.some(({ lostSeconds }) => lostSeconds > 0);
}

/** Why nothing can be said of now, or undefined. */
function blindness({ coverage, stale, nowMs }: SentenceFacts): string | undefined {
  const { targets, silent, newestSampleMs } = coverage;
  if (targets === 0 && newestSampleMs === null) return 'no targets are configured and nobody has sent data';
  if (newestSampleMs === null) return `no data has arrived yet from ${count(targets, 'target')}`;
  if (targets > 0 && silent.length === targets) {
    return `${targets === 1 ? 'the only target is' : `all ${targets} targets are`} silent, the newest data is ${formatDuration(wholeSeconds(nowMs - newestSampleMs))} old`;
  }
  if (stale) return `the newest data is ${formatDuration(wholeSeconds(nowMs - newestSampleMs))} old`;
  return undefined;
}

function age({ coverage, nowMs }: SentenceFacts): string {
  const ageMs = coverage.newestSampleMs === null ? 0 : wholeSeconds(nowMs - coverage.newestSampleMs);
  return ageMs === 0 ? 'just now' : `${formatDuration(ageMs)} old`;
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000) * 1000);
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** A summary as a sentence of its own. */
function closed(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
