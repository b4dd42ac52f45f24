import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../logger.ts';
import type { DevicePipeline } from './device-pipeline.ts';
import { readStateDirectory, readStateFile, stateFileName, writeStateFile } from './state-file.ts';

const savedPipeline = z.object({ savedMs: z.number(), pipeline: z.unknown() });
const savedDetectors = z.object({ savedMs: z.number(), device: z.string(), snapshot: z.unknown() });

/**
 * What survives a restart, as files below one directory: all state now and then (`pipeline.json`), and the findings of a
 * device whenever they change (`findings/`), because a finding that is open must be ended by whoever opened it.
 */
export class PipelineState {
  constructor(
    private readonly directory: string,
    private readonly logger: Logger,
  ) {}

  restore(pipeline: DevicePipeline): void {
    const saved = savedPipeline.safeParse(readStateFile(this.main));
    if (saved.success) pipeline.restore(saved.data.pipeline);
    const since = saved.success ? saved.data.savedMs : Number.NEGATIVE_INFINITY;
    for (const document of readStateDirectory(this.findings)) {
      const newer = savedDetectors.safeParse(document);
      if (newer.success && newer.data.savedMs > since)
        pipeline.restoreDetectors(newer.data.device, newer.data.snapshot);
    }
  }

  save(pipeline: DevicePipeline, clean: boolean, nowMs: number): void {
    this.attempt(() => writeStateFile(this.main, { savedMs: nowMs, pipeline: pipeline.snapshot(clean) }));
  }

  keepFindings(device: string, snapshot: unknown, nowMs: number): void {
    const path = join(this.findings, stateFileName(device));
    this.attempt(() => writeStateFile(path, { savedMs: nowMs, device, snapshot }));
  }

  forget(device: string): void {
    this.attempt(() => rmSync(join(this.findings, stateFileName(device)), { force: true }));
  }

  private get main(): string {
    return join(this.directory, 'pipeline.json');
  }

  private get findings(): string {
    return join(this.directory, 'findings');
  }

  private attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.logger.warn({ err: error }, 'state cannot be saved, a restart would lose open findings');
    }
  }
}
