import type { DeviceState, GroupName } from './device-state.ts';
import { changedPorts, type GroupDeltas, PORT_STATES } from './group-deltas.ts';
import type { CounterColumn, ReadingFrame } from './reading.ts';
import { holdLimitMs, learnRefresh } from './staircase.ts';

/** True while a staircase device has not refreshed: the poll saw nothing new, which is not the same as nothing moving. */
export function holds(
  device: DeviceState,
  name: GroupName,
  reading: ReadingFrame,
  columns: readonly CounterColumn[],
): boolean {
  const group = device.groups[name];
  if (columns.length === 0) return false;
  let now = Number.NaN;
  let since = Number.NaN;
  for (let port = 0; port < reading.ports.length; port++) {
    const at = reading.atMs[port] ?? Number.NaN;
    const last = group.atMs[port] ?? Number.NaN;
    if (Number.isNaN(at) || Number.isNaN(last)) continue;
    if (!(at <= now)) now = at;
    if (!(last <= since)) since = last;
  }
  if (!(now > since)) return false;
  const changed = changedPorts(group, columns, reading.ports.length);
  if (changed < 0) return false;
  const refresh = learnRefresh(group.staircase, now, changed);
  return refresh > 0 && changed === 0 && now - since < holdLimitMs(refresh);
}

/**
 * Marks are too rare to show a rhythm of their own: while the port counters wait for a refresh and these did not move,
 * they wait too. Otherwise their intervals would never match and a marked share could never be told.
 */
export function ridesAlong(
  device: DeviceState,
  name: GroupName,
  columns: readonly CounterColumn[],
  ports: number,
): boolean {
  const group = device.groups[name];
  return group.staircase.refreshMs === 0 && changedPorts(group, columns, ports) === 0;
}

/** Two groups whose rhythm is the same, as far as this poll shows: every port they both tell of has one interval. */
export function isTogether(main: GroupDeltas, deltas: GroupDeltas): boolean {
  let together = false;
  for (let port = 0; port < deltas.state.length; port++) {
    if (deltas.state[port] !== PORT_STATES.valid || main.state[port] !== PORT_STATES.valid) continue;
    if (deltas.startMs[port] !== main.startMs[port] || deltas.endMs[port] !== main.endMs[port]) return false;
    together = true;
  }
  return together;
}

/** A group without its own rhythm rides in the port frame; where its interval differs, it says nothing this once. */
export function alignTo(main: GroupDeltas, deltas: GroupDeltas): void {
  for (let port = 0; port < deltas.state.length; port++) {
    const same = deltas.startMs[port] === main.startMs[port] && main.state[port] === PORT_STATES.valid;
    if (same) continue;
    for (const { growth } of deltas.grown) growth[port] = Number.NaN;
  }
}
