import { createHash } from 'node:crypto';
import type { Incident } from '../diagnosis/incident.ts';

/** 16 hexadecimal digits that name what is wrong where, whenever it happens: kind, root port and priority. */
export function fingerprintOf(incident: Pick<Incident, 'kind' | 'rootDevice' | 'rootPort' | 'priority'>): string {
  return digest(incident.kind, incident.rootDevice, incident.rootPort, String(incident.priority ?? ''));
}

/** 16 hexadecimal digits for these parts in this order. */
export function digest(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
