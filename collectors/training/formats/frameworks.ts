import { leadingClock } from './clock.ts';
import type { FormatContext, LineFormat } from './types.ts';

const NEMO = /^Training epoch \d+, iteration (\d+)\/\d+ .*?\| train_step_timing in s: ([\d.e+-]+)/;

/**
 * NeMo 2's progress printer; the step is its iteration as printed (from zero), the time a mean over its log interval.
 * @source NVIDIA/NeMo nemo/lightning/pytorch/callbacks/progress_printer.py
 */
export const nemo: LineFormat = {
  name: 'nemo',
  read(line) {
    const match = NEMO.exec(line);
    return match ? { step: Number(match[1]), durationMs: Number(match[2]) * 1000, mean: true } : undefined;
  },
};

// Two expressions, one after the other: a single one would try every pair of places in a hostile line.
const TITAN_STEP = /(?<!validate )step:\s+(\d+)\s+loss:\s+(?:[\d.]+|nan|inf)\s/;
const TITAN_SPEED = /tps: ([\d,]{1,24})\s+tflops: [\d,.]{1,24}\s+mfu: (?:[\d.]{1,24}%|N\/A)/;
const TITAN_VALIDATION = /validate step:\s+\d+/;

/**
 * torchtitan's console: tokens per second of a device, over the steps since the line before. With `tokensPerStep` that
 * is a time; without, the clocks of two lines tell.
 * @source pytorch/torchtitan torchtitan/components/metrics.py, MetricsProcessor.log
 */
export const torchtitanConsole: LineFormat = {
  name: 'torchtitan-console',
  read(line, context) {
    const { tokensPerStep } = context;
    const head = TITAN_STEP.exec(line);
    const speed = head && TITAN_SPEED.exec(line.slice(head.index));
    if (!head || !speed) return TITAN_VALIDATION.test(line) ? 'known' : undefined;
    const perSecond = Number((speed[1] ?? '').replaceAll(',', ''));
    const known = tokensPerStep !== undefined && perSecond > 0;
    return {
      step: Number(head[1]),
      mean: true,
      ...leadingClock(line, context),
      ...(known ? { durationMs: (tokensPerStep / perSecond) * 1000 } : {}),
    };
  },
};

const NANOGPT = /^iter (\d+): loss (?:[\d.]+|nan), time ([\d.]+)ms, mfu -?[\d.]+%/;
const NANOGPT_EVAL = /^step \d+: train loss [\d.]+, val loss [\d.]+/;

/** nanoGPT and scripts made after it: the time of one iteration, every `log_interval`. @source karpathy/nanoGPT train.py */
export const nanogpt: LineFormat = {
  name: 'nanogpt',
  read(line) {
    const match = NANOGPT.exec(line);
    if (match) return { step: Number(match[1]), durationMs: Number(match[2]) };
    return NANOGPT_EVAL.test(line) ? 'known' : undefined;
  },
};

const MAXTEXT = /completed step: (\d+), seconds: ([\d.]+), TFLOP\/s(?:\/device)?: [\d.]+/;

/** MaxText: every step of process 0. @source AI-Hypercomputer/maxtext metric_logger.py */
export const maxtext: LineFormat = {
  name: 'maxtext',
  read(line, context) {
    const match = MAXTEXT.exec(line);
    return match
      ? { step: Number(match[1]), durationMs: Number(match[2]) * 1000, ...leadingClock(line, context) }
      : undefined;
  },
};

const TQDM = /(?<!\d)(\d{1,12})\/(\d{1,12}) \[[\d:]{1,16}<[\d:?]{1,16}, {1,8}([\d.?]{1,16})(s\/it|it\/s)/;
const HUGGING_FACE = /^\{'loss': '?(?:[\d.e+-]+|nan)'?,.*'epoch': '?[\d.e+-]+'?\}$/;
/** tqdm's default smoothing of 0.3 weighs about the last six updates. @source tqdm/std.py, EMA */
const TQDM_SMOOTHING_STEPS = 6;

/**
 * A tqdm progress bar, as the Hugging Face Trainer draws it (its own loss lines have neither step nor time): the rate is
 * smoothed, so it never names a single step. Other bars look the same: this gives way to any other format.
 * @source tqdm/tqdm tqdm/std.py, format_meter; huggingface/transformers trainer_callback.py
 */
export const tqdm: LineFormat = {
  name: 'tqdm',
  weak: true,
  read(line, context) {
    const match = TQDM.exec(line);
    if (!match) return HUGGING_FACE.test(line) ? 'known' : undefined;
    const [step, total, rate] = [Number(match[1]), Number(match[2]), Number(match[3])];
    if (!(rate > 0) || !isTrainingBar(line, step, total, context)) return 'known';
    return {
      step,
      durationMs: match[4] === 's/it' ? rate * 1000 : 1000 / rate,
      smoothedOver: TQDM_SMOOTHING_STEPS,
    };
  },
};

/** What stands before the percentage of a bar: "Map", "Loading checkpoint shards". */
const DESCRIPTION = /^\s*(.{0,120}?):?\s*\d{1,3}%\|/;
const TRAINING_WORDS = /train|epoch|step|iter/i;

/**
 * Bars are drawn for data, checkpoints and evaluation as well. Those have a description that says so, or are shorter
 * than the bar of the training, which is still under way.
 */
function isTrainingBar(line: string, step: number, total: number, { anyBar, parts }: FormatContext): boolean {
  const description = DESCRIPTION.exec(line)?.[1] ?? '';
  if (anyBar !== true && description !== '' && !TRAINING_WORDS.test(description)) return false;
  const { total: longest = 0 } = parts;
  if (total < longest) return false;
  if (step < total) parts.total = total;
  else delete parts.total;
  return true;
}
