import type { BaseConfig } from '../lib/config/base.ts';
import type { TargetEntry } from '../lib/config/types.ts';

/** What the monitor reads of stallscope.yaml: everything, and of targets only their names. */
export interface MonitorConfig extends BaseConfig {
  targets?: readonly TargetEntry[];
}
