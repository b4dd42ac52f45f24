import { writeFileSync } from 'node:fs';
import { type Answer, calibrationError, reliability, rightShare } from './calibration.ts';
import { type Interval, WITH_INTERVAL } from './intervals.ts';
import { type AccuracyRow, type AccuracyTable, OURS } from './table.ts';

type Cell = (row: AccuracyRow) => string;

const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`);

const INTERVAL_NAMES: Record<(typeof WITH_INTERVAL)[number], string> = {
  f1: 'F1',
  blameAccuracy: 'blame accuracy',
  blameCoverage: 'coverage',
  lostBiasMeanAbs: 'lost-time error',
};

const COLUMNS: readonly (readonly [string, Cell])[] = [
  ['poll', (row) => `${row.pollSeconds} s`],
  ['precision', (row) => percent(row.precision)],
  ['recall', (row) => percent(row.recall)],
  ['F1', (row) => percent(row.f1)],
  ['root top-1', (row) => percent(row.rootTop1)],
  ['blame accuracy', (row) => percent(row.blameAccuracy)],
  ['coverage', (row) => percent(row.blameCoverage)],
  ['compute blamed on network', (row) => row.computeBlamedOnNetwork],
  ['false network blame', (row) => String(row.falseNetworkBlame)],
  ['false incidents', (row) => String(row.falseIncidents)],
  ['incidents a fault', (row) => (row.incidentsPerFault === null ? '–' : row.incidentsPerFault.toFixed(2))],
  ['detected, median', (row) => seconds(row.detectMsMedian)],
  ['detected, 95 %', (row) => seconds(row.detectMsP95)],
  ['lost-time error', (row) => percent(row.lostBiasMeanAbs)],
];

const interval = (range: Interval | undefined): string =>
  range === undefined ? '–' : `${(100 * range[0]).toFixed(1)} – ${(100 * range[1]).toFixed(1)} %`;

const INTERVAL_COLUMNS: readonly (readonly [string, Cell])[] = [
  ['poll', (row) => `${row.pollSeconds} s`],
  ...WITH_INTERVAL.map((name): [string, Cell] => [INTERVAL_NAMES[name], (row) => interval(row.intervals[name])]),
];

/** Writes the accuracy page: one table per set and variant for ours, one per set for the opponents. */
export function writeAccuracyPage(
  file: string,
  accuracy: AccuracyTable,
  options: { recordings: string; seeds: string; first: string; phases: string },
): void {
  const rows = accuracy.rows();
  const sets = [...new Set(rows.map((row) => row.set))];
  const parts = [INTRODUCTION];
  for (const set of sets) {
    const mine = rows.filter((row) => row.set === set);
    parts.push(`## ${heading(set)}`);
    for (const variant of new Set(mine.map((row) => row.variant))) {
      const list = mine.filter((row) => row.variant === variant && row.who === OURS);
      parts.push(`### ${heading(variant)}`, table(COLUMNS, list));
    }
    const exact = mine.filter((row) => Object.keys(row.intervals).length > 0);
    if (exact.length > 0) parts.push('### How sure these figures are', SURE, table(INTERVAL_COLUMNS, exact));
    const answers = accuracy.answersOf(set);
    if (answers.length > 0) parts.push('### Whether confidence can be believed', ...calibrationParts(answers));
    const opponents = mine.filter((row) => row.variant === 'as recorded');
    if (new Set(opponents.map((row) => row.who)).size > 1) {
      const who: readonly [string, Cell] = ['who', (row) => row.who];
      const order = [...opponents].sort((a, b) => a.pollSeconds - b.pollSeconds || rank(a.who) - rank(b.who));
      parts.push('### Against simpler rules on the same samples', table([who, ...COLUMNS], order));
    }
  }
  parts.push(METHOD);
  parts.push(
    `Made with \`npm run -s bench -- truth --page docs/accuracy.md\`: ${options.seeds} model scenarios from seed ` +
      `${options.first}, ${options.phases} poll phases a recording.`,
  );
  writeFileSync(file, `${parts.join('\n\n')}\n`);
}

/** How often answers of each confidence and label were right. */
function calibrationParts(answers: readonly Answer[]): string[] {
  const parts: string[] = [];
  for (const about of ['incident', 'step'] as const) {
    const own = answers.filter((answer) => answer.about === about);
    const what = about === 'incident' ? 'Confidence of incidents' : 'Confidence of step verdicts';
    parts.push(`${what}: expected calibration error ${(calibrationError(own) ?? 0).toFixed(3)}.`);
    const cells: [string, (row: ReturnType<typeof reliability>[number]) => string][] = [
      ['confidence', (bin) => `${bin.from.toFixed(1)} – ${(bin.from + 0.1).toFixed(1)}`],
      ['answers', (bin) => String(bin.answers)],
      ['mean confidence', (bin) => bin.meanConfidence.toFixed(2)],
      ['right', (bin) => percent(bin.rightShare)],
    ];
    parts.push(table(cells, reliability(own)));
  }
  const labels = (['confirmed', 'likely', 'possible'] as const).map((label) => ({
    label,
    answers: answers.filter((answer) => answer.label === label),
  }));
  const cells: [string, (row: (typeof labels)[number]) => string][] = [
    ['label of a step verdict', ({ label }) => label],
    ['answers', ({ answers: own }) => String(own.length)],
    ['right', ({ answers: own }) => percent(rightShare(own))],
  ];
  return [...parts, table(cells, labels)];
}

/** Ours first, then (a) to (d). */
function rank(who: string): number {
  return who === OURS ? 0 : who.charCodeAt(1);
}

function heading(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function table<Row>(columns: readonly (readonly [string, (row: Row) => string])[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(([name]) => name)),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map(([, cell]) => cell(row)))),
  ].join('\n');
}

const INTRODUCTION = `# How right Stallscope is

Every figure here comes from fabrics whose faults are known: packet-level simulations of a RoCE fabric, and scenarios of
the model in \`demo/fabric\`. They were replayed through the production detectors, diagnosis and attribution as a poller
with that interval would have read them. Simulated, not measured on hardware.`;

const SURE = `95 % intervals: recordings drawn again with replacement 400 times, all phases of one together.`;

const METHOD = `## What the figures mean

- An incident is right when its kind and its root port (either end of the cable) are the fault's and their times share at
  least 0.3 of their joint span. Only network kinds at warning or critical count. Precision counts every other incident
  as false, also a second name for something that was found.
- Root top-1: of all incidents at the time of a fault, the one with the most lost time is the fault's.
- Blame: over the steps that a fault slowed and that can be told by their length. Right is: network, with an incident
  at the fault as its largest cause, for a network fault; not the network, for a slow GPU or late data. "Cannot tell"
  lowers coverage, not accuracy.
- Detected: from the true start of the fault to the first warning, with the data polled up to then.
- Lost-time error: mean over jobs of |said − true| / true seconds lost to the network, where the truth is the same run
  without the fault.
- Confidence: answers as recorded, at all polls together. The expected calibration error is how far mean confidence and share of
  right answers are apart, over tenths of confidence by their size. An incident is right when it is on a fault that was hit; a
  step verdict when it would count as right above, or does not blame the network for a step that no fault slowed.
- No declared link rates: cables as LLDP tells them, without the speed they should have.
- Rough: 1 % of polls missing, one switch restarting its counters, device clocks up to 1 s off.
- Rules (a) and (b) find by themselves: a port with more than 1,000 pause frames a second; the busiest port while any port
  is paused for 5 % of the time or more. Rules (c) and (d) take our incidents and blame differently: all of a slow
  step's excess to whatever overlaps it; the incident's cost laid evenly over its time.

Model scenarios go over every kind of fault, weak to strong, 4 to 40 s long, on fabrics of different size, speed,
buffers and marking thresholds, with healthy and busy ones between. Congestion that slowed no job is not counted
either way. Seeds below 5000 are for development; the figures are from those above.`;
