/** Runs a task again and again, never twice at once. */
export class Ticker {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  /**
   * @param everyMs pause between the end of one run and the start of the next
   * @param restShare the pause is at least this many times what the run took
   */
  constructor(
    private readonly everyMs: number,
    private readonly task: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
    private readonly restShare = 0,
  ) {}

  start(): void {
    this.#schedule(this.everyMs);
  }

  #schedule(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, afterMs);
  }

  async #run(): Promise<void> {
    const started = performance.now();
    try {
      await this.task();
    } catch (error) {
      this.onError(error);
    }
    this.#schedule(Math.max(this.everyMs, this.restShare * (performance.now() - started)));
  }

  /** Resolves when a run that was under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
