/** Polls over which the refresh of a device is learned. @source detection.md section 1 item 5 */
const WINDOW_POLLS = 60;
/** Refreshes of equal spacing before a device is called a staircase; a device of few ports needs more, it may just idle. */
const REFRESHES_MANY_PORTS = 3;
const REFRESHES_FEW_PORTS = 8;
const FEW_PORTS = 4;
/** Share of the ports in use that must change together while it is learned. @source detection.md section 1 item 5 */
const SAME_PHASE_FRACTION = 0.8;
/** A change this much sooner than the period disproves it. */
const TOO_SOON_FRACTION = 0.6;

/** What is remembered of one group of counters of one device; JSON-safe. */
export interface StaircaseState {
  /** Of the last polls: when, and how many ports had a new value. */
  atMs: number[];
  changedPorts: number[];
  /** Refresh period found, ms; 0 = the values move with every poll. */
  refreshMs: number;
}

/** A group nobody has read yet. */
export function newStaircase(): StaircaseState {
  return { atMs: [], changedPorts: [], refreshMs: 0 };
}

/**
 * Tells whether a device's values only change every R seconds: several polls in a row in which no port moves,
 * then one in which nearly all do, again and again with the same spacing.
 * @param changedPorts how many ports have a value that differs from the last poll
 * @returns the refresh period in ms, 0 where there is none
 */
export function learnRefresh(state: StaircaseState, atMs: number, changedPorts: number): number {
  state.atMs.push(atMs);
  state.changedPorts.push(changedPorts);
  if (state.atMs.length > WINDOW_POLLS) {
    state.atMs.shift();
    state.changedPorts.shift();
  }
  state.refreshMs = state.refreshMs > 0 ? confirmed(state, changedPorts) : refreshOf(state);
  return state.refreshMs;
}

/** A period once found stands until values change between two refreshes; a quiet refresh is no contradiction. */
function confirmed(state: StaircaseState, changedPorts: number): number {
  if (changedPorts === 0) return state.refreshMs;
  const last = state.atMs.length - 1;
  for (let index = last - 1; index >= 0; index--) {
    if (state.changedPorts[index] === 0) continue;
    const spacing = (state.atMs[last] ?? 0) - (state.atMs[index] ?? 0);
    if (spacing >= TOO_SOON_FRACTION * state.refreshMs) return state.refreshMs;
    // What came before belongs to the old rhythm.
    state.atMs.splice(0, index);
    state.changedPorts.splice(0, index);
    return 0;
  }
  return state.refreshMs;
}

function refreshOf(state: StaircaseState): number {
  const refreshes: number[] = [];
  for (const [index, changed] of state.changedPorts.entries()) if (changed > 0) refreshes.push(index);
  const recent = refreshes.slice(-(REFRESHES_FEW_PORTS + 1));
  const most = Math.max(0, ...recent.map((index) => state.changedPorts[index] ?? 0));
  const needed = most > FEW_PORTS ? REFRESHES_MANY_PORTS : REFRESHES_FEW_PORTS;
  const run = refreshes.slice(-(needed + 1));
  if (run.length <= needed) return 0;
  const inPhase = run.filter((index) => (state.changedPorts[index] ?? 0) >= SAME_PHASE_FRACTION * most).length;
  // A quiet moment moves few ports; half of the refreshes in full are proof enough when nothing moves between them.
  if (2 * inPhase < run.length) return 0;

  let shortest = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (let i = 1; i < run.length; i++) {
    const spacing = (run[i] ?? 0) - (run[i - 1] ?? 0);
    shortest = Math.min(shortest, spacing);
    longest = Math.max(longest, spacing);
  }
  // A period that is no multiple of the poll shows as two neighbouring spacings.
  if (shortest < 2 || longest - shortest > 1) return 0;
  const first = state.atMs[run[0] ?? 0] ?? 0;
  const last = state.atMs[run.at(-1) ?? 0] ?? 0;
  return (last - first) / (run.length - 1);
}

/** How long a held value may stand before the device counts as idle rather than not refreshed. */
export function holdLimitMs(refreshMs: number): number {
  return 1.5 * refreshMs;
}
