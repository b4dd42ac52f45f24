/** What a clock in a log line says, without a zone. */
const CLOCK = /(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?/;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** How far a zone's wall clock is ahead of UTC at an instant, ms. */
function offsetMs(instantMs: number, zone: string): number {
  const parts = new Map(
    formatterOf(zone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(instantMs / 1000) * 1000;
}

const DAY_MS = 86_400_000;
/** Lines of several ranks come a little out of order; clocks are put back by half an hour (Lord Howe) or more. */
const OUT_OF_ORDER_MS = 15 * 60_000;

/**
 * Unix ms of a wall clock text ("2026-11-22 16:10:05.123456") in a zone; undefined where it is no date. A time that
 * happens twice (clocks put back) is read as the first of the two, unless that is before `afterMs`; one that never
 * happens (clocks put forward) as if they had not been.
 * @param afterMs what was read before it, Unix ms
 */
export function zonedMs(text: string, zone: string, afterMs = Number.NEGATIVE_INFINITY): number | undefined {
  const match = CLOCK.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = Number(`0.${match[7] ?? '0'}`) * 1000;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  if (zone === 'UTC') return wall + fraction;
  const before = wall - offsetMs(wall - DAY_MS, zone);
  const after = wall - offsetMs(wall + DAY_MS, zone);
  if (before === after) return before + fraction;
  // Only where the offset changes about now: of the two readings those that show this wall clock.
  const shows = [before, after].filter((instant) => instant + offsetMs(instant, zone) === wall).sort((a, b) => a - b);
  const [first = before, later = first] = shows;
  return (first + OUT_OF_ORDER_MS < afterMs ? later : first) + fraction;
}
