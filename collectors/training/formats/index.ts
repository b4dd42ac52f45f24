import { deepspeed, deepspeedPipeline, deepspeedWallClock } from './deepspeed.ts';
import { deepspeedCsv } from './deepspeed-csv.ts';
import { maxtext, nanogpt, nemo, torchtitanConsole, tqdm } from './frameworks.ts';
import { hfTrainerState } from './hf-trainer-state.ts';
import { lightningCsv } from './lightning-csv.ts';
import { logfmt } from './logfmt.ts';
import { megatron } from './megatron.ts';
import { ncclInspector } from './nccl-inspector.ts';
import { pytorchTrace } from './pytorch-trace.ts';
import { tensorboard } from './tensorboard.ts';
import { torchtitanJsonl } from './torchtitan-jsonl.ts';
import { mlflow, wandb } from './trackers.ts';
import type { LineFormat } from './types.ts';

/** Every format, the most telling first: where two fit, `auto` takes the earlier one. */
export const FORMATS: readonly LineFormat[] = [
  logfmt,
  torchtitanJsonl,
  ncclInspector,
  tensorboard,
  pytorchTrace,
  deepspeedCsv,
  lightningCsv,
  hfTrainerState,
  megatron,
  deepspeedPipeline,
  deepspeed,
  deepspeedWallClock,
  nemo,
  torchtitanConsole,
  nanogpt,
  maxtext,
  wandb,
  mlflow,
  tqdm,
];

export const FORMAT_NAMES = [
  'logfmt',
  'torchtitan-jsonl',
  'nccl-inspector',
  'tensorboard',
  'pytorch-trace',
  'deepspeed-csv',
  'lightning-csv',
  'hf-trainer-state',
  'megatron',
  'deepspeed-pipeline',
  'deepspeed',
  'deepspeed-wall-clock',
  'nemo',
  'torchtitan-console',
  'nanogpt',
  'maxtext',
  'wandb',
  'mlflow',
  'tqdm',
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** The format of that name. */
export function formatNamed(name: string): LineFormat | undefined {
  return FORMATS.find((format) => format.name === name);
}
