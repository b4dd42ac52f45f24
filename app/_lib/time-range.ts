import { parseDurationMs } from '../../lib/duration.ts';

/** What a page shows by default: the last quarter of an hour, moving. */
export const DEFAULT_FROM = 'now-15m';
export const DEFAULT_TO = 'now';

/** Ranges the picker offers. */
export const RANGE_CHOICES = [
  { from: 'now-5m', label: '5 min' },
  { from: 'now-15m', label: '15 min' },
  { from: 'now-1h', label: '1 h' },
  { from: 'now-6h', label: '6 h' },
  { from: 'now-1d', label: '1 d' },
] as const;

export interface TimeRange {
  /** As the URL and the API write it: relative ("now-15m") or Unix ms. */
  from: string;
  to: string;
  fromMs: number;
  toMs: number;
  /** The range ends now and moves. */
  live: boolean;
  /** Why the URL's own range was not taken; the default stands instead. */
  problem: string | null;
}

function readInstant(text: string, nowMs: number): number | null {
  if (text === 'now') return nowMs;
  if (text.startsWith('now-')) {
    try {
      return nowMs - parseDurationMs(text.slice(4));
    } catch {
      return null;
    }
  }
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const parsed = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** Reads `from` and `to` of a URL: "now-15m", Unix ms or RFC 3339. A bad one falls back to the default and says so. */
export function readRange(from: string, to: string, nowMs: number): TimeRange {
  const fromMs = readInstant(from, nowMs);
  const toMs = readInstant(to, nowMs);
  if (fromMs === null || toMs === null || fromMs >= toMs) {
    const fallback = readRange(DEFAULT_FROM, DEFAULT_TO, nowMs);
    return { ...fallback, problem: `The time range "${from}" to "${to}" cannot be read; showing the last 15 minutes.` };
  }
  return { from, to, fromMs, toMs, live: to === 'now', problem: null };
}

/** The range twice as wide around the same middle, never past now. */
export function zoomOut(range: TimeRange, nowMs: number): { from: string; to: string } {
  const half = (range.toMs - range.fromMs) / 2;
  const toMs = range.toMs + half;
  return toMs >= nowMs
    ? { from: `now-${Math.ceil((range.toMs - range.fromMs) / 1000) * 2}s`, to: 'now' }
    : { from: String(Math.round(range.fromMs - half)), to: String(Math.round(toMs)) };
}
