import type { IncidentImpact } from '../diagnosis/incident.ts';
import type { TimeRange } from './contract.ts';

/**
 * What diagnosis said of the network, kept as long as there are open steps: a new answer replaces the past it covers,
 * older segments stand as last told.
 */
export class ImpactMemory {
  private byIncident = new Map<string, IncidentImpact>();

  /** @returns whether anything changed */
  update(told: readonly IncidentImpact[], range: TimeRange): boolean {
    const before = JSON.stringify([...this.byIncident.values()]);
    const next = new Map<string, IncidentImpact>();
    for (const [id, known] of this.byIncident) {
      const segments = known.segments.filter((segment) => segment.endMs <= range.startMs);
      if (segments.length > 0) next.set(id, { ...known, segments });
    }
    for (const impact of told) {
      const old = next.get(impact.incidentId)?.segments ?? [];
      const last = old.at(-1)?.endMs ?? Number.NEGATIVE_INFINITY;
      const fresh = impact.segments.filter((segment) => segment.endMs > Math.max(range.startMs, last));
      next.set(impact.incidentId, { ...impact, segments: [...old, ...fresh.map((segment) => ({ ...segment }))] });
    }
    this.byIncident = next;
    return JSON.stringify([...next.values()]) !== before;
  }

  /** Forgets what ended before the first open step. */
  prune(beforeMs: number): void {
    for (const [id, impact] of this.byIncident) {
      const segments = impact.segments.filter((segment) => segment.endMs + segment.errorMs >= beforeMs);
      if (segments.length === 0) this.byIncident.delete(id);
      else if (segments.length < impact.segments.length) this.byIncident.set(id, { ...impact, segments });
    }
  }

  all(): IncidentImpact[] {
    return [...this.byIncident.values()].sort((a, b) => (a.incidentId < b.incidentId ? -1 : 1));
  }

  restore(impacts: readonly IncidentImpact[]): void {
    this.byIncident = new Map(impacts.map((impact) => [impact.incidentId, impact]));
  }
}
