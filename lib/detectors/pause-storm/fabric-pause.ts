import { type Detector, ROLE_RANK } from '../detector.ts';
import { at } from '../port-columns.ts';

/**
 * Pause between switches, and pause a switch lays on a host: somebody is a victim. Natural congestion does this for a
 * moment, so it is information until diagnosis finds that nothing downstream explains it.
 * @source detection.md section 13 item 5
 */
export const fabricPause: Detector = {
  family: 'congestion',
  look(interval, _memory, open, emit) {
    const { columns, frame, neighbours, peerRank, config } = interval;
    const pause = columns.rxPause;
    if (pause === undefined || columns.pauseEstimated) return;
    for (let port = 0; port < frame.ports.length; port++) {
      const facesHost = neighbours.role !== 'host' && (peerRank[port] ?? -1) <= ROLE_RANK.host;
      if (facesHost) continue;
      const fraction = at(pause, port);
      if (Number.isNaN(fraction) || (fraction === 0 && open(port) === undefined)) continue;
      const startMs = frame.startMs[port] ?? 0;
      const endMs = frame.endMs[port] ?? 0;
      emit(port, {
        startMs,
        endMs,
        scoreSeconds: ((fraction - config.fabricPauseAllowedFraction) * (endMs - startMs)) / 1000,
        bad: fraction >= config.fabricPauseAllowedFraction,
        confirmed: true,
        openSeconds: config.fabricPauseOpenSeconds,
        kind: 'congestion',
        severity: 'info',
        priority: columns.priority,
        evidence: () => [
          {
            text: `the switch at the far end held this port for ${Math.round(fraction * 100)} % of the interval`,
            metric: 'rxPauseFraction',
            value: fraction,
            threshold: config.fabricPauseAllowedFraction,
            unit: 'fraction',
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
