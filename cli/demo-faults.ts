import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { InjectionRequest } from '../demo/live/control.ts';
import { errorMessage, FabricError, UsageError } from '../lib/errors.ts';

/** The first rest of the demo's script, and how often a rest comes: asked faults go there and not on top of others. */
const FIRST_REST_SECONDS = 88;
const REST_EVERY_SECONDS = 60;
const DEFAULT_LENGTH_SECONDS = 20;

/**
 * Reads `--fault KIND[,at=SECONDS][,for=SECONDS][,strength=X][,on=LEAF]` for a demo that is about to start (`index`-th of
 * several) or for one that runs (`index` null: now). The demo itself judges kind and numbers.
 * @throws UsageError naming the part
 */
export function parseFault(text: string, index: number | null): InjectionRequest {
  const [kind = '', ...settings] = text.split(',');
  const atSeconds = index === null ? 0 : FIRST_REST_SECONDS + index * REST_EVERY_SECONDS;
  const fault: Record<string, number | string> = { kind, atSeconds, forSeconds: DEFAULT_LENGTH_SECONDS };
  const keys: Record<string, string> = { at: 'atSeconds', for: 'forSeconds', strength: 'strength' };
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    if (name.trim() === 'on' && value.trim() !== '') {
      fault.on = value.trim();
      continue;
    }
    const key = keys[name.trim()];
    const number = Number(value);
    if (key === undefined || value.trim() === '' || !Number.isFinite(number)) {
      throw new UsageError(`--fault ${text}: "${setting}" is not at=SECONDS, for=SECONDS, strength=NUMBER or on=LEAF`);
    }
    fault[key] = number;
  }
  return fault as unknown as InjectionRequest;
}

const stateSchema = z.object({ controlPort: z.number().int().positive() });

/** Asks the demo that runs in this data directory for a fault now. @returns what it planned */
export async function injectIntoRunning(dataDir: string, fault: InjectionRequest): Promise<unknown> {
  let response: Response;
  try {
    const state = stateSchema.parse(JSON.parse(readFileSync(join(dataDir, 'demo-state.json'), 'utf8')));
    response = await fetch(`http://127.0.0.1:${state.controlPort}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw new FabricError('unreachable', `the demo in ${dataDir} takes no faults (${errorMessage(error)})`);
  }
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const detail = typeof answer === 'object' && answer !== null && 'detail' in answer ? String(answer.detail) : '';
  throw new UsageError(detail === '' ? `the demo refused the fault (status ${response.status})` : detail);
}
