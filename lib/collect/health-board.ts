import type { MissingLeaf, TargetHealth, TargetPathHealth } from '../events/events.ts';

/** Health goes out at once when a target's state or error changes, else this often. */
const REPEAT_MS = 10_000;

const LONGEST_NAME = 256;
const LONGEST_TEXT = 1000;
const MOST_ENTRIES = 200;
const MOST_OF_A_PATH = 20;

/** Texts from devices and logs may be of any length; what leaves the process is bounded. */
function bounded(health: TargetHealth): TargetHealth {
  const { lastError } = health;
  return {
    ...health,
    // The end of a long path tells more than its start.
    target: health.target.slice(-LONGEST_NAME),
    device: health.device.slice(0, LONGEST_NAME),
    address: health.address.slice(-LONGEST_TEXT),
    lastError: lastError === null ? null : { ...lastError, message: lastError.message.slice(0, LONGEST_TEXT) },
    paths: health.paths.slice(0, MOST_ENTRIES).map(boundedPath),
    refused: boundedTexts(health.refused),
    ...(health.notes === undefined ? {} : { notes: boundedTexts(health.notes) }),
  };
}

function boundedPath(path: TargetPathHealth): TargetPathHealth {
  const { refused, lastError, missingLeaves } = path;
  return {
    ...path,
    path: path.path.slice(-LONGEST_NAME),
    ...(refused === undefined ? {} : { refused: boundedTexts(refused).slice(0, MOST_OF_A_PATH) }),
    ...(missingLeaves === undefined ? {} : { missingLeaves: missingLeaves.slice(0, MOST_ENTRIES).map(boundedLeaf) }),
    ...(lastError ? { lastError: { ...lastError, message: lastError.message.slice(0, LONGEST_TEXT) } } : {}),
  };
}

function boundedLeaf({ leaf, fields }: MissingLeaf): MissingLeaf {
  return { leaf: leaf.slice(-LONGEST_NAME), fields };
}

function boundedTexts(texts: readonly string[]): string[] {
  return texts.slice(0, MOST_ENTRIES).map((text) => text.slice(0, LONGEST_TEXT));
}

/** Newest health of every target, and when each was last told. */
export class HealthBoard {
  private readonly latest = new Map<string, TargetHealth>();
  private readonly told = new Map<string, { atMs: number; key: string }>();

  constructor(private readonly tell: (health: TargetHealth) => void) {}

  set(report: TargetHealth, nowMs: number): void {
    const health = bounded(report);
    this.latest.set(health.target, health);
    const key = `${health.state} ${health.lastError?.message ?? ''} ${health.ports}`;
    const told = this.told.get(health.target);
    if (told !== undefined && told.key === key && nowMs - told.atMs < REPEAT_MS) return;
    this.told.set(health.target, { atMs: nowMs, key });
    this.tell(health);
  }

  forget(target: string): void {
    this.latest.delete(target);
    this.told.delete(target);
  }

  all(): TargetHealth[] {
    return [...this.latest.values()];
  }
}
