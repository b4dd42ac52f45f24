/** What the reader is told about the event stream. */
export type LiveState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  /** Trying again; `sinceMs` is when the stream was lost. */
  | { kind: 'reconnecting'; sinceMs: number; attempt: number }
  /** By the reader, or because the tab is hidden. */
  | { kind: 'paused'; by: 'reader' | 'hidden' };

/** The part of EventSource that is used. */
export interface EventSourceLike {
  close(): void;
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
}

/** Everything from outside, so that the machine can be tested without a browser or a clock. */
export interface LiveOptions {
  open: (url: string) => EventSourceLike;
  events: readonly string[];
  onEvent: (event: string, data: string) => void;
  /** The stream stands again after a break: whatever was missed must be read again. */
  onResume: () => void;
  nowMs: () => number;
  random: () => number;
  setTimer: (run: () => void, delayMs: number) => unknown;
  clearTimer: (timer: unknown) => void;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/** Full jitter, so that a hundred open dashboards do not come back in step. At least a quarter of a second. */
export function retryDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10));
  return 250 + random * (ceiling - 250);
}

/**
 * One server-sent-events connection: opens, retries with jitter, pauses while hidden or on request, and tells who
 * listens. The browser's own retry is not used, because it neither backs off nor says since when it tries.
 */
export class LiveConnection {
  readonly #options: LiveOptions;
  #url: string | null = null;
  #source: EventSourceLike | null = null;
  #timer: unknown = null;
  #state: LiveState = { kind: 'connecting' };
  #attempt = 0;
  #lostMs: number | null = null;
  #missed = false;
  #pausedByReader = false;
  #hidden = false;
  readonly #listeners = new Set<() => void>();

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  get state(): LiveState {
    return this.#state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Connects, or moves to another URL without counting that as a break. */
  connect(url: string): void {
    if (this.#url === url && (this.#source !== null || this.#timer !== null)) return;
    this.#url = url;
    this.#restart();
  }

  close(): void {
    this.#url = null;
    this.#drop();
  }

  setPaused(paused: boolean): void {
    this.#pausedByReader = paused;
    this.#restart();
  }

  setHidden(hidden: boolean): void {
    if (this.#hidden === hidden) return;
    this.#hidden = hidden;
    this.#restart();
  }

  /** Tries at once instead of waiting for the next turn. */
  retryNow(): void {
    if (this.#state.kind === 'reconnecting') this.#restart();
  }

  #restart(): void {
    this.#drop();
    if (this.#url === null) return;
    if (this.#pausedByReader || this.#hidden) {
      this.#missed = true;
      this.#set({ kind: 'paused', by: this.#pausedByReader ? 'reader' : 'hidden' });
      return;
    }
    this.#open(this.#url);
  }

  #open(url: string): void {
    if (this.#lostMs === null && this.#state.kind !== 'live') this.#set({ kind: 'connecting' });
    const source = this.#options.open(url);
    this.#source = source;
    const current = () => this.#source === source;
    source.addEventListener('open', () => {
      if (current()) this.#opened();
    });
    source.addEventListener('error', () => {
      if (current()) this.#failed();
    });
    for (const event of this.#options.events) {
      source.addEventListener(event, (message) => {
        if (current() && typeof message.data === 'string') this.#options.onEvent(event, message.data);
      });
    }
  }

  #opened(): void {
    const resume = this.#missed;
    this.#attempt = 0;
    this.#lostMs = null;
    this.#missed = false;
    this.#set({ kind: 'live' });
    if (resume) this.#options.onResume();
  }

  #failed(): void {
    this.#drop();
    this.#missed = true;
    this.#lostMs ??= this.#options.nowMs();
    const delayMs = retryDelayMs(this.#attempt, this.#options.random());
    this.#attempt += 1;
    this.#set({ kind: 'reconnecting', sinceMs: this.#lostMs, attempt: this.#attempt });
    this.#timer = this.#options.setTimer(() => {
      this.#timer = null;
      if (this.#url !== null) this.#open(this.#url);
    }, delayMs);
  }

  #drop(): void {
    this.#source?.close();
    this.#source = null;
    if (this.#timer !== null) this.#options.clearTimer(this.#timer);
    this.#timer = null;
  }

  #set(state: LiveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
