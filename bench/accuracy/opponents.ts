import { createNormaliser } from '../../lib/counters/index.ts';
import type { NetworkKind } from '../../lib/kinds.ts';
import type { ReplayDocument } from '../../lib/replay/index.ts';
import { RecordingPoller } from '../../lib/replay/poller.ts';
import type { Recording } from '../../lib/replay/recording.ts';
import { column, type SampleFrame } from '../../lib/samples/frame.ts';

/**
 * What people do today with the same counters, as simple rules. They get our normalised samples, so they lose on
 * judgement and not on arithmetic.
 */
export const OPPONENTS = [
  '(a) pause frames above a threshold',
  '(b) busiest port while anyone pauses',
  '(c) our incidents, any overlap is guilty',
  '(d) our incidents, cost spread evenly in time',
] as const;
type Opponent = (typeof OPPONENTS)[number];

/** (a) "Up to thousands of pause frames per second" is how slow receivers are described. */
const PAUSE_FRAMES_PER_SEC = 1000;
/** (b): a port counts as paused from this share of the time on. */
const PAUSED_SHARE = 0.05;
/** A step counts as slow from this much above the job's median on. */
const SLOW_FACTOR = 1.1;

interface PortView {
  device: string;
  port: string;
  startMs: number;
  endMs: number;
  rxPauseFraction: number;
  rxPauseFramesPerSec: number;
  txUtilFraction: number;
}

interface Guess {
  kind: NetworkKind;
  device: string;
  port: string;
  startMs: number;
  endMs: number;
  detectedMs: number;
  pausedShare: number;
}

/** What a rule says of a recording, as a replay document. Rules (a) and (b) find and blame by themselves; (c) and (d) take
 * our incidents and only blame differently. */
export function opponentDocument(
  opponent: Opponent,
  recording: Recording,
  pollMs: number,
  phaseMs: number,
  ours: ReplayDocument,
): ReplayDocument {
  if (opponent === OPPONENTS[2]) return blameOverlap(ours.incidents, recording);
  if (opponent === OPPONENTS[3]) return spreadEvenly(ours, recording);
  const guesses: Guess[] = [];
  const running = new Map<string, Guess>();
  const report = (kind: NetworkKind, view: PortView, nowMs: number): void => {
    const key = `${kind}\n${view.device}\n${view.port}`;
    const open = running.get(key);
    if (open && view.startMs - open.endMs <= 2 * pollMs) {
      open.endMs = view.endMs;
      open.pausedShare = Math.max(open.pausedShare, view.rxPauseFraction);
      return;
    }
    const guess: Guess = {
      kind,
      device: view.device,
      port: view.port,
      startMs: view.startMs,
      endMs: view.endMs,
      detectedMs: nowMs,
      pausedShare: view.rxPauseFraction,
    };
    running.set(key, guess);
    guesses.push(guess);
  };
  const switches = new Set(recording.devices.filter(({ role }) => role !== 'host').map(({ device }) => device));
  for (const { nowMs, views } of polls(recording, pollMs, phaseMs)) {
    const fabric = views.filter(({ device }) => switches.has(device));
    if (opponent === OPPONENTS[0]) {
      for (const view of fabric)
        if (view.rxPauseFramesPerSec >= PAUSE_FRAMES_PER_SEC) report('pause-storm', view, nowMs);
      continue;
    }
    if (!fabric.some(({ rxPauseFraction }) => rxPauseFraction >= PAUSED_SHARE)) continue;
    const busiest = highest(fabric, (view) => view.txUtilFraction);
    if (busiest) report('incast', busiest, nowMs);
  }
  return blameGuesses(guesses, recording);
}

function* polls(
  recording: Recording,
  pollMs: number,
  phaseMs: number,
): Generator<{ nowMs: number; views: PortView[] }> {
  const poller = new RecordingPoller(recording);
  const normaliser = createNormaliser();
  for (let nowMs = phaseMs; nowMs <= recording.durationMs; nowMs += pollMs) {
    const views: PortView[] = [];
    for (const reading of poller.poll(nowMs)) {
      for (const frame of normaliser.advance(reading).frames) views.push(...portViews(frame, recording.pfcPriority));
    }
    yield { nowMs, views };
  }
}

function portViews(frame: SampleFrame, priority: number): PortView[] {
  const read = (field: Parameters<typeof column>[1], port: number): number => {
    const values = column(frame, field, priority) ?? column(frame, field);
    const value = values?.[port] ?? Number.NaN;
    return Number.isNaN(value) ? 0 : value;
  };
  return frame.ports.flatMap((name, port) => {
    const endMs = frame.endMs[port] ?? Number.NaN;
    if (Number.isNaN(endMs)) return [];
    return {
      device: frame.device,
      port: name,
      startMs: frame.startMs[port] ?? endMs,
      endMs,
      rxPauseFraction: read('rxPauseFraction', port),
      rxPauseFramesPerSec: read('rxPauseFramesPerSec', port),
      txUtilFraction: read('txUtilFraction', port),
    };
  });
}

function highest<T>(items: readonly T[], by: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || by(item) > by(best)) best = item;
  return best;
}

interface PlainStep {
  job: string;
  step: number;
  startMs: number;
  endMs: number;
}

type SaidIncident = ReplayDocument['incidents'][number];

/** Guesses as incidents, and every slow step charged to the one that overlaps it longest. */
function blameGuesses(guesses: readonly Guess[], recording: Recording): ReplayDocument {
  const incidents = guesses.map((guess, index) => ({
    id: String(index + 1),
    kind: guess.kind,
    rootDevice: guess.device,
    rootPort: guess.port,
    startMs: guess.startMs,
    endMs: guess.endMs,
    detectedMs: guess.detectedMs,
    severity: 'warning' as const,
    confidence: Math.min(1, guess.pausedShare),
    summary: '',
    victims: [],
    senders: [],
    jobs: [],
  }));
  return blameOverlap(incidents, recording);
}

/** A slow step is the fault of the incident that overlaps it longest, for all of its excess. */
function blameOverlap(known: readonly SaidIncident[], recording: Recording): ReplayDocument {
  const incidents = known.map((incident) => ({ ...incident, jobs: [] as SaidIncident['jobs'] }));
  const charge = (step: PlainStep): SaidIncident | undefined =>
    highest(
      incidents.filter((incident) => incident.severity !== 'info' && overlap(step, timeOf(incident)) > 0),
      (incident) => overlap(step, timeOf(incident)),
    );
  return {
    incidents,
    ...judgePlainly(recording, (step, excess) => {
      const guilty = charge(step);
      if (!guilty) return [];
      addCost(guilty, step.job, excess);
      return [{ kind: guilty.kind, incident: guilty.id, seconds: excess }];
    }),
  };
}

/** Our incidents and what they cost in all, but laid over the steps evenly in time instead of where the excess is. */
function spreadEvenly(ours: ReplayDocument, recording: Recording): ReplayDocument {
  const perSecond = new Map<string, number>();
  for (const step of ours.steps) {
    for (const { incident, seconds: cost } of step.causes) {
      const found = ours.incidents.find(({ id }) => id === incident);
      if (!found) continue;
      const { startMs, endMs } = timeOf(found);
      const key = `${step.job}\n${found.id}`;
      perSecond.set(key, (perSecond.get(key) ?? 0) + (1000 * cost) / Math.max(1, endMs - startMs));
    }
  }
  return {
    incidents: ours.incidents,
    ...judgePlainly(recording, (step, excess) => {
      const causes = ours.incidents.flatMap((incident) => {
        const rate = perSecond.get(`${step.job}\n${incident.id}`) ?? 0;
        const cost = (rate * Math.max(0, overlap(step, timeOf(incident)))) / 1000;
        return cost > 0 ? [{ kind: incident.kind, incident: incident.id, seconds: cost }] : [];
      });
      const sum = causes.reduce((total, cause) => total + cause.seconds, 0);
      return sum <= excess ? causes : causes.map((cause) => ({ ...cause, seconds: (cause.seconds * excess) / sum }));
    }),
  };
}

/** Steps against the median of their job; what `explain` does not lay at an incident's door is not the network. */
function judgePlainly(
  recording: Recording,
  explain: (step: PlainStep, excessSeconds: number) => ReplayDocument['steps'][number]['causes'],
): Pick<ReplayDocument, 'steps' | 'jobs'> {
  const steps: ReplayDocument['steps'] = [];
  const jobs: ReplayDocument['jobs'] = [];
  for (const [job, list] of stepsByJob(recording)) {
    const baseline = median(list.map(seconds));
    const judged = list.map((step) => {
      const slow = seconds(step) > SLOW_FACTOR * baseline;
      const excess = slow ? seconds(step) - baseline : 0;
      const causes = slow ? explain(step, excess) : [];
      const network = causes.reduce((total, cause) => total + cause.seconds, 0);
      const verdict = network >= 0.5 * excess ? ('network' as const) : ('not-network' as const);
      return {
        job,
        step: step.step,
        durationSeconds: seconds(step),
        baselineSeconds: baseline,
        excessSeconds: excess,
        slow,
        verdict: slow ? verdict : null,
        causes,
      };
    });
    steps.push(...judged);
    const sum = (items: number[]): number => items.reduce((total, item) => total + item, 0);
    jobs.push({
      job,
      steps: list.length,
      slowSteps: judged.filter(({ slow }) => slow).length,
      lostSeconds: sum(judged.map(({ excessSeconds }) => excessSeconds)),
      lostToNetworkSeconds: sum(judged.flatMap(({ causes }) => causes.map((cause) => cause.seconds))),
    });
  }
  return { steps, jobs };
}

function addCost(incident: SaidIncident, job: string, lostSeconds: number): void {
  const known = incident.jobs.find((entry) => entry.job === job);
  if (known) known.lostSeconds += lostSeconds;
  else incident.jobs.push({ job, lostSeconds });
}

/** Open incidents last to the end of time. */
function timeOf({ startMs, endMs }: SaidIncident): { startMs: number; endMs: number } {
  return { startMs, endMs: endMs ?? Number.MAX_SAFE_INTEGER };
}

function stepsByJob(recording: Recording): Map<string, PlainStep[]> {
  const whole = new Map<string, PlainStep>();
  for (const { job, step, startMs, endMs } of recording.steps) {
    const known = whole.get(`${job}\n${step}`);
    if (!known) whole.set(`${job}\n${step}`, { job, step, startMs, endMs });
    else known.endMs = Math.max(known.endMs, endMs);
  }
  const jobs = new Map<string, PlainStep[]>();
  for (const step of whole.values()) jobs.set(step.job, [...(jobs.get(step.job) ?? []), step]);
  return jobs;
}

function seconds(step: PlainStep): number {
  return (step.endMs - step.startMs) / 1000;
}

function overlap(a: { startMs: number; endMs: number }, b: { startMs: number; endMs: number }): number {
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
