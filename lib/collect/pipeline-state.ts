import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { readStateFile, stateFileName, writeStateFile } from './state-file.ts';

const savedDevice = z.object({
  savedMs: z.number(),
  device: z.string(),
  normaliser: z.unknown(),
  detectors: z.unknown(),
});
const savedFindings = z.object({ savedMs: z.number(), device: z.string(), snapshot: z.unknown() });
const savedStop = z.object({ stoppedMs: z.number() });

/** What a device's pipeline knew when it was kept last. */
export interface SavedDevice {
  normaliser: unknown;
  detectors: unknown;
  /** Nothing was read of the device after this was kept. */
  clean: boolean;
}

/**
 * What survives a restart, as files below one directory: the state of each device now and then (`devices/`), and its
 * findings whenever they change (`findings/`), because a finding that is open must be ended by whoever opened it. One
 * device is read and written at a time: the state of a large fabric is larger than all else in the process.
 */
export class PipelineState {
  private stoppedMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly directory: string,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** From here on baselines move: what the last orderly stop left is the newest only for who loads it now. */
  begin(): void {
    const saved = savedStop.safeParse(readStateFile(this.stopFile));
    if (saved.success) this.stoppedMs = saved.data.stoppedMs;
    this.attempt(() => rmSync(this.stopFile, { force: true }));
  }

  /** What is known of a device from before the start; anything that is none is ignored. */
  load(device: string): SavedDevice | undefined {
    const saved = savedDevice.safeParse(readStateFile(this.file('devices', device)));
    const findings = savedFindings.safeParse(readStateFile(this.file('findings', device)));
    const whole = saved.success && saved.data.device === device ? saved.data : undefined;
    const newer =
      findings.success && findings.data.device === device && findings.data.savedMs > (whole?.savedMs ?? 0)
        ? findings.data.snapshot
        : undefined;
    if (whole === undefined && newer === undefined) return undefined;
    return {
      normaliser: whole?.normaliser,
      detectors: newer ?? whole?.detectors,
      clean: whole !== undefined && whole.savedMs >= this.stoppedMs,
    };
  }

  keep(device: string, normaliser: unknown, detectors: unknown): void {
    const savedMs = this.clock.now();
    this.attempt(() => writeStateFile(this.file('devices', device), { savedMs, device, normaliser, detectors }));
  }

  keepFindings(device: string, snapshot: unknown): void {
    const savedMs = this.clock.now();
    this.attempt(() => writeStateFile(this.file('findings', device), { savedMs, device, snapshot }));
  }

  /** Says that whatever is kept from `stoppedMs` on is the last word: nothing is read any more. */
  end(stoppedMs: number): void {
    this.attempt(() => writeStateFile(this.stopFile, { stoppedMs }));
  }

  forget(device: string): void {
    for (const kind of ['devices', 'findings'] as const) {
      this.attempt(() => rmSync(this.file(kind, device), { force: true }));
    }
  }

  private get stopFile(): string {
    return join(this.directory, 'stopped.json');
  }

  private file(kind: 'devices' | 'findings', device: string): string {
    return join(this.directory, kind, stateFileName(device));
  }

  private attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.logger.warn({ err: error }, 'state cannot be saved, a restart would lose open findings');
    }
  }
}
