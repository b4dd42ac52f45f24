import { formatSeconds } from './durations.ts';

/** Which clock a time is written in; `utc` also serves the first paint, before the reader's zone is known. */
export type TimeZoneChoice = 'utc' | 'local';

function parts(timestampMs: number, zone: TimeZoneChoice) {
  const date = new Date(timestampMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return zone === 'utc'
    ? {
        day: `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`,
        time: `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`,
      }
    : {
        day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
        time: `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`,
      };
}

/** HH:MM:SS of a Unix time in ms. */
export function formatClock(timestampMs: number, zone: TimeZoneChoice): string {
  return Number.isFinite(timestampMs) ? parts(timestampMs, zone).time : '';
}

/** YYYY-MM-DD HH:MM:SS, with "UTC" where it is. */
export function formatDateTime(timestampMs: number, zone: TimeZoneChoice): string {
  if (!Number.isFinite(timestampMs)) return '';
  const { day, time } = parts(timestampMs, zone);
  return zone === 'utc' ? `${day} ${time} UTC` : `${day} ${time}`;
}

/** The clock time if it is today by `nowMs`, else with the day. */
export function formatSince(timestampMs: number, nowMs: number, zone: TimeZoneChoice): string {
  const at = parts(timestampMs, zone);
  return at.day === parts(nowMs, zone).day ? at.time : `${at.day} ${at.time}`;
}

/** How long ago, in whole steps a reader can follow: "now", "12 s ago", "3 min ago", "2 h 5 min ago". */
export function formatAgo(timestampMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - timestampMs) / 1000);
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 1) return 'now';
  if (seconds < 100) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return `${formatSeconds(seconds)} ago`;
}
