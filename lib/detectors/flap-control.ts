import type { DetectorConfig } from './config.ts';
import type { Episode } from './episode.ts';
import type { Finding, Signal } from './hysteresis.ts';

/**
 * Findings that open again and again at one port: from the fourth within a minute on they are told as one, which
 * ends after a quiet minute. Information is not counted: it alarms nobody.
 * @source docs/adr/0013
 */
export class FlapControl {
  /** By suspicion and port: starts of the last findings, at most `flapControlOpens` each. */
  private opens = new Map<string, number[]>();

  /** A signal as the finding should take it: one that flaps is held open for longer. */
  calm(key: string, finding: Finding | undefined, signal: Signal, config: DetectorConfig): Signal {
    if (!this.isFlapping(key, finding, config)) return signal;
    return { ...signal, holdMs: Math.max(signal.holdMs ?? 0, config.flapControlMs) };
  }

  /** Counts an episode that has just opened, or got worse than information. @returns the episode, told as flapping if it is */
  note(key: string, told: Episode, config: DetectorConfig): Episode {
    if (told.endMs !== null || told.severity === 'info') return told;
    const starts = (this.opens.get(key) ?? []).filter((start) => told.startMs - start <= config.flapControlMs);
    const isNew = !starts.includes(told.startMs);
    if (isNew) starts.push(told.startMs);
    this.opens.set(key, starts.slice(-config.flapControlOpens));
    if (!isNew || starts.length < config.flapControlOpens) return told;
    const first = starts.at(-config.flapControlOpens) ?? told.startMs;
    told.evidence.push({
      text: `flapping: ${starts.length} times within ${config.flapControlMs / 1000} s; told as one until it has been quiet for as long`,
      metric: 'opens',
      value: starts.length,
      threshold: config.flapControlOpens,
      unit: 'count',
      startMs: first,
      endMs: told.evidence[0]?.endMs ?? told.startMs,
      basis: 'measured',
      port: { device: told.device, port: told.port },
    });
    return told;
  }

  private isFlapping(key: string, finding: Finding | undefined, config: DetectorConfig): boolean {
    if (finding?.episode == null) return false;
    const starts = this.opens.get(key);
    return starts?.at(-1) === finding.episode.startMs && starts.length >= config.flapControlOpens;
  }

  snapshot(): [key: string, starts: number[]][] {
    return structuredClone([...this.opens]);
  }

  restore(saved: readonly [key: string, starts: number[]][]): void {
    this.opens = new Map(structuredClone(saved) as [string, number[]][]);
  }
}
