import type { IntakeView } from '../../../lib/api/types.ts';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { MINUTE_MS, type Scene } from './scene.ts';
import { HOSTS, roleOf, SWITCHES } from './topology.ts';
import { MISSING_FIELDS } from './values.ts';

export function targetsOf(scene: Scene): TargetHealth[] {
  return scene.mode === 'empty' ? [] : [...SWITCHES, ...HOSTS].map((name) => targetOf(scene, name));
}

/** leaf2 is polled late, spine1 counts in a staircase, leaf4 has a counter that was refused. */
export function targetOf(scene: Scene, name: string): TargetHealth {
  const now = scene.now();
  const host = roleOf(name) === 'host';
  const silent = scene.silent(name);
  return {
    target: name,
    device: name,
    collector: host ? 'host' : 'snmp',
    address: host ? `/sys of ${name}` : '127.0.0.1:16101',
    state: silent ? 'down' : name === 'leaf2' ? 'degraded' : 'ok',
    lastSuccessMs: silent ? now - 4 * MINUTE_MS : now - 400,
    lastError: silent
      ? {
          atMs: now - 1500,
          message: `${name} (127.0.0.1:16104): no answer in 2 s, 3 tries; is the agent running and the community right?`,
        }
      : null,
    polls: 1200,
    failures: silent ? 240 : 0,
    ports: host ? 1 : 12,
    clockOffsetMs: host ? 3.2 : null,
    paths: [
      {
        path: 'counters',
        requestedIntervalMs: 1000,
        achievedIntervalMs: silent ? null : name === 'leaf2' ? 2140 : 1003,
        staircaseMs: name === 'spine1' ? 5000 : null,
      },
      {
        path: 'names and links',
        requestedIntervalMs: 60_000,
        achievedIntervalMs: silent ? null : 60_010,
        staircaseMs: null,
      },
    ],
    missing: host ? ['queueWatermarkBytes', 'ecnMarkFraction'] : MISSING_FIELDS,
    refused: name === 'leaf4' ? ['ifInOctets: 32-bit at 100G wraps in 344 ms'] : [],
    shortestStormMs: name === 'spine1' ? 10_000 : 2000,
    collectedBy: 'collector-1',
    atMs: now,
  };
}

/** In the storm: a configuration that was refused, and records of steps that were. */
export function intakeOf(scene: Scene): IntakeView {
  if (scene.mode !== 'storm') return { config: null, refusals: [] };
  const atMs = scene.now() - 3 * MINUTE_MS;
  return {
    config: {
      atMs,
      ok: false,
      message: 'stallscope.yaml:12: targets.3.intervall: unknown key, did you mean interval?',
    },
    refusals: [{ door: 'steps', records: 14, lastMs: atMs, lastDetail: 'endMs: must not lie before startMs' }],
  };
}
