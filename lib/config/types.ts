import type { BaseConfig } from './base.ts';

/** One source to collect from, checked by its plugin: what `CollectorPlugin.create` takes is `config`. */
export interface TargetEntry {
  /** The plugin's name. */
  collector: string;
  /** How health and pages call it. */
  name: string;
  config: unknown;
}

/** A whole checked configuration. */
export interface StallscopeConfig extends BaseConfig {
  /** Where it was read from; null without a file. */
  file: string | null;
  /** Entries of `targets`, then those of `training` as targets of the collector "training". */
  targets: TargetEntry[];
}
