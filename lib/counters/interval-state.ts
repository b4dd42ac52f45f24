import type { DeviceState } from './device-state.ts';
import type { ReadingFrame } from './reading.ts';

/** Poll spacings whose median is the nominal interval. */
const SPACINGS_KEPT = 9;

/** Learns the nominal interval and returns it, ms; 0 while unknown. */
export function noteInterval(device: DeviceState, reading: ReadingFrame): number {
  let now = Number.NaN;
  for (let port = 0; port < reading.atMs.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    if (!(at <= now) && !Number.isNaN(at)) now = at;
  }
  const spacing = now - device.lastPollMs;
  if (spacing > 0) {
    device.spacingsMs.push(spacing);
    if (device.spacingsMs.length > SPACINGS_KEPT) device.spacingsMs.shift();
  }
  if (!(now <= device.lastPollMs)) device.lastPollMs = Number.isNaN(now) ? device.lastPollMs : now;
  const sorted = [...device.spacingsMs].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** [port] 1 where something other than the counters says that this interval cannot be subtracted. */
export function brokenIntervals(device: DeviceState, reading: ReadingFrame, problems: string[]): Uint8Array {
  const ports = reading.ports.length;
  const broken = new Uint8Array(ports);
  const restarted =
    (reading.bootId !== undefined && device.bootId !== undefined && reading.bootId !== device.bootId) ||
    (reading.uptimeMs !== undefined && device.uptimeMs !== undefined && reading.uptimeMs < device.uptimeMs);
  if (restarted) {
    problems.push(`${reading.device}: restarted: all counters start again`);
    broken.fill(1);
  }
  for (let port = 0; port < ports; port++) {
    if (Number.isNaN(reading.atMs[port] ?? Number.NaN)) continue;
    if (differs(device.rate[port], reading.linkRateBitsPerSec[port])) broken[port] = 1;
    if (differs(device.discontinuityMs[port], reading.discontinuityMs?.[port])) broken[port] = 1;
    const before = device.linkUp[port] ?? 255;
    const now = reading.linkUp[port] ?? 255;
    if (before !== 255 && now !== 255 && before !== now) broken[port] = 1;
  }
  return broken;
}

function differs(before: number | undefined, now: number | undefined): boolean {
  if (before === undefined || now === undefined) return false;
  return !Number.isNaN(before) && !Number.isNaN(now) && before !== now;
}

/** Keeps what the next poll is compared with, beside the counters. */
export function rememberStates(device: DeviceState, reading: ReadingFrame): void {
  if (reading.bootId !== undefined) device.bootId = reading.bootId;
  if (reading.uptimeMs !== undefined) device.uptimeMs = reading.uptimeMs;
  for (let port = 0; port < reading.ports.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    // Late rows must not turn the states back either.
    if (Number.isNaN(at) || at < (device.groups.port.atMs[port] ?? 0)) continue;
    const rate = reading.linkRateBitsPerSec[port] ?? Number.NaN;
    if (!Number.isNaN(rate)) device.rate[port] = rate;
    const up = reading.linkUp[port] ?? 255;
    if (up !== 255) device.linkUp[port] = up;
    const discontinuity = reading.discontinuityMs?.[port] ?? Number.NaN;
    if (!Number.isNaN(discontinuity)) device.discontinuityMs[port] = discontinuity;
  }
}
