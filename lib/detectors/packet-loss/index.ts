import type { Detector } from '../detector.ts';
import { at, seen } from '../port-columns.ts';

/**
 * Packets dropped at a port. On a lossless class any loss makes RoCE go back to the lost packet, so a share that TCP
 * would not notice matters.
 */
export const packetLoss: Detector = {
  family: 'loss',
  look(interval, _memory, open, emit) {
    const { columns, frame, config } = interval;
    if (columns.drops === undefined) return;
    for (let port = 0; port < frame.ports.length; port++) {
      const drops = at(columns.drops, port);
      if (Number.isNaN(drops) || (drops === 0 && open(port) === undefined)) continue;
      const startMs = frame.startMs[port] ?? 0;
      const endMs = frame.endMs[port] ?? 0;
      const seconds = (endMs - startMs) / 1000;
      const sent = seen(columns.txPackets, port) + seen(columns.rxPackets, port);
      const share = drops / Math.max(drops, sent);
      const bad = share >= config.lossFraction && drops * seconds >= config.lossMinPackets;
      emit(port, {
        startMs,
        endMs,
        // Two intervals in a row: one is a link coming up or a queue being drained on purpose.
        scoreSeconds: bad ? 1 : -1,
        bad,
        level: drops,
        confirmed: true,
        openSeconds: 2,
        kind: 'packet-loss',
        severity: share >= 100 * config.lossFraction ? 'critical' : 'warning',
        priority: -1,
        evidence: () => [
          {
            text: `${Math.round(drops)} packets a second were dropped, ${share.toExponential(1)} of all`,
            metric: 'dropsPerSec',
            value: drops,
            threshold: config.lossFraction,
            unit: 'per_second',
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
