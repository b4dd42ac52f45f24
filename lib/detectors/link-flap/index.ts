import type { Severity } from '../../kinds.ts';
import type { DetectorConfig } from '../config.ts';
import { type Detector, memoryOf } from '../detector.ts';
import { at, seen } from '../port-columns.ts';
import { snapshotHoldMs } from '../span.ts';

/**
 * A link that goes down. One down of an idle link is told as information: that is how maintenance looks; traffic is
 * drained first. A link in use that goes down, or one that does so again and again, is a fault.
 * @source detection.md section 6
 */
export const linkFlap: Detector = {
  family: 'flap',
  look(interval, memory, open, emit) {
    const { columns, frame, config } = interval;
    if (columns.linkUp === undefined) return;
    const wasUp = memoryOf(memory, 'flap.up', frame.ports.length);
    const downs = memoryOf(memory, 'flap.downs', frame.ports.length);
    const load = memoryOf(memory, 'flap.load', frame.ports.length);
    for (let port = 0; port < frame.ports.length; port++) {
      const up = at(columns.linkUp, port);
      const endMs = frame.endMs[port] ?? Number.NaN;
      if (Number.isNaN(up) || Number.isNaN(endMs)) continue;
      const startMs = frame.startMs[port] ?? endMs;
      // A leaky count: each down adds one, the window forgets it.
      const leak = (endMs - startMs) / config.flapWindowMs;
      const went = up === 0 && wasUp[port] === 1;
      const known = downs[port] ?? Number.NaN;
      const count = Math.max(0, (Number.isNaN(known) ? 0 : known) * (1 - leak)) + (went ? 1 : 0);
      downs[port] = count;
      wasUp[port] = up;
      const before = load[port] ?? Number.NaN;
      const inUse = before >= config.usedUtilFraction;
      if (up === 1)
        load[port] = slowMean(before, seen(columns.txUtil, port) + seen(columns.rxUtil, port), endMs - startMs, config);
      if (up !== 0 && open(port) === undefined) continue;
      const rounded = Math.ceil(count - 0.5);
      emit(port, {
        startMs,
        endMs,
        scoreSeconds: up === 0 ? 1 : -1,
        bad: up === 0,
        confirmed: rounded >= 1,
        openSeconds: 1,
        holdMs: snapshotHoldMs(config.flapHoldMs, endMs - startMs, config),
        readAtEnd: true,
        kind: 'link-flap',
        severity: severityOf(rounded, inUse, config),
        priority: -1,
        evidence: () => [
          {
            text: rounded > 1 ? `the link went down ${rounded} times within ten minutes` : 'the link is down',
            metric: 'linkUp',
            value: rounded,
            threshold: config.flapWarningDowns,
            unit: 'count',
            startMs,
            endMs,
            basis: 'measured',
            port: { device: frame.device, port: frame.ports[port] ?? '' },
          },
        ],
      });
    }
  },
};

/** Mean load over about a minute. */
function slowMean(known: number, value: number, elapsedMs: number, config: DetectorConfig): number {
  if (Number.isNaN(known)) return value;
  return known + (value - known) * Math.min(1, elapsedMs / config.quietLearnMs);
}

function severityOf(downs: number, inUse: boolean, config: DetectorConfig): Severity {
  if (downs >= config.flapCriticalDowns) return 'critical';
  return inUse || downs >= config.flapWarningDowns ? 'warning' : 'info';
}
