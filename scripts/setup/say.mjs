/** Everything set-up says goes to stderr: stdout belongs to the command (`--json`). */
export function say(text) {
  process.stderr.write(`stallscope: ${text}\n`);
}

/** A failure that is told in one sentence and ends the process. */
export class SetupError extends Error {}

/** Runs the main function of a script; a SetupError is one line and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
