import type { TargetHealth } from '../events/events.ts';

/** Health goes out at once when a target's state or error changes, else this often. */
const REPEAT_MS = 10_000;

/** Newest health of every target, and when each was last told. */
export class HealthBoard {
  private readonly latest = new Map<string, TargetHealth>();
  private readonly told = new Map<string, { atMs: number; key: string }>();

  constructor(private readonly tell: (health: TargetHealth) => void) {}

  set(health: TargetHealth, nowMs: number): void {
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
