import type { OverviewView } from '../api/types.ts';
import type { Incident } from '../diagnosis/incident.ts';
import { formatDuration } from '../duration.ts';
import { formatPlural } from '../format/numbers.ts';

/** Everything the verdict of the overview rests on. */
export interface SentenceFacts {
  nowMs: number;
  /** Open incidents, worst first. */
  open: readonly Incident[];
  coverage: OverviewView['coverage'];
  /** The port that is blocked most now. */
  topPort?: OverviewView['topPorts'][number] | undefined;
}

type Verdict = Pick<OverviewView, 'state' | 'sentence'>;

/** Why nothing can be said of now, and what to do about it. */
interface Blindness {
  why: string;
  advice: string;
}

/**
 * Blocked for this share of its time a port is named before anything has confirmed that it hurts: an incast takes some
 * intervals to tell from a busy moment, and meanwhile the page beside the sentence shows the port in its brightest colour.
 * @source the share of a one-second poll at which a switch's own PFC watchdog acts (200 ms)
 */
const WATCHED_FRACTION = 0.2;

/** Names that fit into one sentence. */
const MOST_NAMES = 3;

/** One honest sentence: what hurts now, or that nothing does, or that nobody can tell and what to do about that. */
export function verdictSentence(facts: SentenceFacts): Verdict {
  const { open, coverage } = facts;
  const worst = open.filter(({ severity }) => severity !== 'info');
  const blind = blindness(facts);
  const unseen = unseenPart(coverage);
  const first = worst[0];
  if (first) {
    const others = worst.length - 1;
    const more = others === 0 ? '' : ` ${others} more ${others === 1 ? 'incident is' : 'incidents are'} open.`;
    const partly = unseen === undefined ? '' : ` There may be more: ${unseen}.`;
    const unsure = blind === undefined ? partly : ` This is as last seen: ${blind.why}. ${blind.advice}`;
    return { state: worst.some(hurts) ? 'hurting' : 'attention', sentence: `${closed(first.summary)}${more}${unsure}` };
  }
  if (blind !== undefined) return { state: 'unknown', sentence: `Cannot tell: ${blind.why}. ${blind.advice}` };
  if (unseen !== undefined) {
    return { state: 'attention', sentence: `Nothing that can be seen is hurting, but ${unseen}. Sources says why.` };
  }
  if (coverage.ports > 0 && coverage.tellingPorts === 0) {
    const nobody =
      coverage.ports === 1 ? 'the only port does not tell' : `none of ${formatPlural(coverage.ports, 'port')} tells`;
    const sentence = `Nothing that can be seen is hurting, but ${nobody} pause or credit waits. Sources says what is missing.`;
    return { state: 'attention', sentence };
  }
  const from = coverage.targets === 0 ? '' : ` of ${formatPlural(coverage.targetsOk, 'target')}`;
  const watched = `${formatPlural(coverage.ports, 'port')}${from} watched`;
  const { topPort } = facts;
  if (topPort !== undefined && !topPort.bounded && topPort.blockedFraction >= WATCHED_FRACTION) {
    const { device, port, blockedFraction } = topPort;
    const waits = `${device}/${port} was blocked ${Math.round(blockedFraction * 100)} % of its last interval`;
    return { state: 'watching', sentence: `No incident so far, but ${waits}. ${watched}.` };
  }
  return { state: 'ok', sentence: `Nothing is hurting: ${watched}, newest data ${age(facts)}.` };
}

function hurts(incident: Incident): boolean {
  return incident.severity === 'critical' || incident.jobs.some(({ lostSeconds }) => lostSeconds > 0);
}

function blindness(facts: SentenceFacts): Blindness | undefined {
  const { targets, silent, stale, fresh, newestSampleMs, collectorsQuietMs } = facts.coverage;
  if (fresh > 0) return undefined;
  const old = newestSampleMs === null ? 'no data has arrived yet' : `the newest data is ${age(facts)}`;
  if (targets === 0) {
    if (newestSampleMs !== null) return { why: old, advice: 'Nobody pushes any more: check the senders.' };
    const why = 'no targets are configured and nobody has sent data';
    return { why, advice: 'Add targets to stallscope.yaml.' };
  }
  if (collectorsQuietMs !== null) {
    const advice = 'Check that the collector runs and reaches this monitor.';
    return { why: `${old} and no collector has spoken for ${seconds(collectorsQuietMs)}`, advice };
  }
  if (silent.length > 0 && stale.length === 0) {
    const who = targets === 1 ? 'the only target is silent' : `${silent.length} of ${targets} targets are silent`;
    return { why: `${who}, ${old}`, advice: 'Their errors stand on Sources.' };
  }
  if (newestSampleMs === null) {
    const why = `no data has arrived yet from ${formatPlural(targets, 'target')}`;
    return { why, advice: 'Two polls are needed; if it stays so, Sources says why.' };
  }
  const advice = 'Collectors report, but their samples do not arrive: check the disk and the log of the monitor.';
  return { why: old, advice };
}

/** Who of many is not seen now, by name; undefined where everybody is. */
function unseenPart({ silent, stale, targets, fresh }: OverviewView['coverage']): string | undefined {
  const missing = [...silent.map(({ target }) => target), ...stale.map(({ device }) => device)];
  if (missing.length === 0) return undefined;
  const names = missing.slice(0, MOST_NAMES).join(', ');
  const rest = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : '';
  const be = missing.length === 1 ? 'is' : 'are';
  if (stale.length === 0)
    return `${missing.length} of ${formatPlural(targets, 'target')} ${be} silent: ${names}${rest}`;
  const give = missing.length === 1 ? 'gives' : 'give';
  return `${missing.length} of ${formatPlural(missing.length + fresh, 'device')} ${give} no new data: ${names}${rest}`;
}

function age({ coverage, nowMs }: SentenceFacts): string {
  const ageMs = coverage.newestSampleMs === null ? 0 : nowMs - coverage.newestSampleMs;
  return ageMs < 500 ? 'just now' : `${seconds(ageMs)} old`;
}

function seconds(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1000) * 1000));
}

/** A summary as a sentence of its own. */
function closed(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
