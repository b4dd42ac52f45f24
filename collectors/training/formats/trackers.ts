import type { LineFormat } from './types.ts';

const MLFLOW = /^(\d{13}) (?:[\d.eE+-]{1,32}|nan|inf|-inf) (\d{1,15})$/;

/**
 * A metric of MLflow's file store, one file a metric: when it was logged, its value, its step. The distance of two lines
 * tells the time of the steps between.
 * @source mlflow/mlflow mlflow/store/tracking/file_store.py
 */
export const mlflow: LineFormat = {
  name: 'mlflow',
  read(line) {
    const match = MLFLOW.exec(line);
    return match ? { step: Number(match[2]), endMs: Number(match[1]) } : undefined;
  },
};

const WANDB_STEP = /"_step":\s?(\d{1,15})[,}]/;
const WANDB_TIME = /"_timestamp":\s?(\d{9,10}(?:\.\d{1,9})?)[,}]/;

/**
 * Rows of a Weights & Biases history, one JSON object a line, as its export and its API give them.
 * @source https://docs.wandb.ai, history keys _step and _timestamp
 */
export const wandb: LineFormat = {
  name: 'wandb',
  read(line) {
    if (!line.startsWith('{')) return undefined;
    const step = WANDB_STEP.exec(line)?.[1];
    const seconds = WANDB_TIME.exec(line)?.[1];
    return step === undefined || seconds === undefined
      ? undefined
      : { step: Number(step), endMs: Number(seconds) * 1000 };
  },
};
