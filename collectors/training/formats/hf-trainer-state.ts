import type { LineFormat } from './types.ts';

const HISTORY = /^\s{0,16}"log_history": ?\[/;

const NO_TIME =
  "log_history has steps but no time: print one from a callback's on_step_end, " +
  'print(f"train_step step={state.global_step} end_ms={time.time() * 1000:.0f}", flush=True), and follow that log, or the ' +
  'TensorBoard files of the same run';

/**
 * The Hugging Face Trainer's trainer_state.json. It is written with each checkpoint, in a folder of its own: what two of
 * them tell of time is a mean over hundreds of steps, evaluation and saving included, and no step. So none is made of it.
 * @source huggingface/transformers src/transformers/trainer_callback.py, TrainerState
 */
export const hfTrainerState: LineFormat = {
  name: 'hf-trainer-state',
  read(line) {
    return HISTORY.test(line) ? { advice: NO_TIME } : undefined;
  },
};
