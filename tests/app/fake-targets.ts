import type { TargetHealth, TargetPathHealth } from '../../lib/events/events.ts';

const POLLED = [
  'interface counters (ifXTable)',
  'port state (ifXTable, ifTable)',
  'pause (cpfcIfPriorityTable, cpfcIfPriorityWaitTable)',
  'PFC watchdog (cpfcWatchdogIfQueueTable)',
  'drops (csqIfStatsTable)',
  'queues and watermarks (csqIfPriGrpInBufUsageTable)',
];
const NO_ANSWER =
  'no answer within 2000 ms (2 tries): check that the host is up, that UDP passes, and that the community of its auth profile is permitted from this address';

/** What goes on at one of many switches; most are well. */
function kindOf(index: number): 'ok' | 'silent' | 'late' | 'staircase' | 'partly' | 'clock' {
  if (index % 60 === 7) return 'silent';
  if (index % 48 === 11) return 'late';
  if (index % 40 === 13) return 'staircase';
  if (index % 70 === 17) return 'partly';
  return index % 90 === 19 ? 'clock' : 'ok';
}

/** A polled switch as its collector tells it, one of many: every kind of trouble is among them. */
export function fakeSwitch(name: string, index: number, ports: number, nowMs: number): TargetHealth {
  const kind = kindOf(index);
  const silent = kind === 'silent';
  const address = `10.${index >> 8}.${index & 255}.1:161`;
  const achieved = silent ? null : kind === 'late' ? 7800 : 5001;
  const failure = { atMs: nowMs - 1500, message: `${address}: ${NO_ANSWER}` };
  const paths: TargetPathHealth[] = POLLED.map((path, p) => ({
    path,
    requestedIntervalMs: 5000,
    achievedIntervalMs: kind === 'partly' && p === 2 ? null : achieved,
    staircaseMs: kind === 'staircase' && p < 4 ? 10_000 : null,
    missing: [],
    refused:
      kind === 'partly' && p === 5
        ? ['csqIfPriGrpInBufUsageSharedCount: counted in buffer cells, and the device does not say how large a cell is']
        : [],
    lastError: silent
      ? failure
      : kind === 'partly' && p === 2
        ? { atMs: nowMs - 2500, message: `${address}: the agent answered genErr` }
        : null,
  }));
  paths.push(
    {
      path: 'ECN marks',
      requestedIntervalMs: 5000,
      achievedIntervalMs: null,
      staircaseMs: null,
      served: false,
      missing: ['ecnMarkedPerSec', 'ecnMarkFraction'],
    },
    {
      path: 'optics (entSensorValueTable)',
      requestedIntervalMs: 60_000,
      achievedIntervalMs: silent ? null : 60_010,
      staircaseMs: null,
      missing: ['temperatureC'],
      lastError: null,
    },
    { path: 'neighbours (LLDP)', requestedIntervalMs: 600_000, achievedIntervalMs: null, staircaseMs: null },
  );
  return {
    target: name,
    device: name,
    collector: 'snmp',
    address,
    state: silent ? 'down' : kind === 'partly' ? 'degraded' : 'ok',
    lastSuccessMs: silent ? nowMs - 240_000 : nowMs - 400,
    lastError: silent ? failure : kind === 'partly' ? (paths[2]?.lastError ?? null) : null,
    polls: 1200,
    failures: silent ? 48 : 0,
    ports,
    clockOffsetMs: index % 3 === 0 ? null : kind === 'clock' ? 92_000 : 12 + (index % 7),
    ...(index % 3 === 0 ? {} : { clockErrorMs: 60 }),
    paths,
    missing: ['ecnMarkedPerSec', 'ecnMarkFraction', 'symbolErrorsPerSec'],
    refused: paths.flatMap(({ refused = [] }) => refused),
    notes: ['ECN marks are not in SNMP: use gNMI'],
    shortestStormMs: achieved === null ? null : 2 * Math.max(achieved, kind === 'staircase' ? 10_000 : 0),
    collectedBy: 'collector-1',
    atMs: nowMs,
  };
}
