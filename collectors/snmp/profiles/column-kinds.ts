import type { ColumnSpec } from './profile.ts';

/*
 * MIBs name pause frames from the port's own side. Requests are sent: the port stops its peer. Indications are
 * received: the peer stops the port. Whoever reads them the wrong way round blames the innocent end of a cable.
 */

/** A 64-bit column of PFC frames sent (Requests), per priority and added up into the port. */
export function pfcSent(column: number, object: string): ColumnSpec {
  return { column, object, to: { counter: 'txPauseFrames', widthBits: 64 }, totalsPort: true };
}

/** A 64-bit column of PFC frames received (Indications), per priority and added up into the port. */
export function pfcReceived(column: number, object: string): ColumnSpec {
  return { column, object, to: { counter: 'rxPauseFrames', widthBits: 64 }, totalsPort: true };
}

/** Link pause (802.3x) frames of the whole port: received, sent. */
export function linkPause(
  received: { column: number; object: string },
  sent: { column: number; object: string },
  widthBits: 32 | 64 = 64,
): ColumnSpec[] {
  return [
    { ...received, to: { counter: 'rxPauseFrames', widthBits } },
    { ...sent, to: { counter: 'txPauseFrames', widthBits } },
  ];
}

/** A 64-bit column of packets dropped for want of buffer, whatever the queue. */
export function drops(column: number, object: string): ColumnSpec {
  return { column, object, to: { counter: 'drops', widthBits: 64 } };
}

/** Symbol errors of the port. */
export function symbolErrors(column: number, object: string, widthBits: 32 | 64 = 64): ColumnSpec {
  return { column, object, to: { counter: 'symbolErrors', widthBits } };
}
