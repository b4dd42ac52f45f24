import type { GaugeColumn } from '../../../lib/counters/reading.ts';
import type { CongestionField } from '../paths/types.ts';

/** Ports and classes that a device may name between two frames; what is beyond is not kept. */
const MOST = 4096;

/**
 * Records of queues that grew, each a group of leaves which names its own port. A leaf that has not changed since the
 * record before need not come again.
 */
export class Congestion {
  private readonly record: Record<CongestionField, string> = { interface: '', trafficClass: '', queueBytes: '' };
  private fresh = false;
  /** [class] port -> bytes: the most since the last frame. */
  private readonly peaks = new Map<number, Map<number, number>>();
  private count = 0;

  constructor(private readonly portOf: (name: string) => number) {}

  set(field: CongestionField, text: string): void {
    this.record[field] = text;
    this.fresh = true;
  }

  /** A message has ended: what it told is a record, or has made the last one another. */
  messageEnded(): void {
    if (!this.fresh) return;
    this.fresh = false;
    const bytes = Number(this.record.queueBytes);
    const trafficClass = Number(this.record.trafficClass);
    if (this.record.interface === '' || !(bytes > 0) || !(trafficClass >= 0 && trafficClass <= 7)) return;
    const port = this.portOf(this.record.interface);
    if (port < 0) return;
    const byPort = this.peaks.get(trafficClass) ?? new Map<number, number>();
    this.peaks.set(trafficClass, byPort);
    if (!byPort.has(port) && ++this.count > MOST) return;
    byPort.set(port, Math.max(bytes, byPort.get(port) ?? 0));
  }

  clear(): void {
    this.peaks.clear();
    this.count = 0;
  }

  /** The deepest each queue was since the last call; a queue without a record is not known to have been empty. */
  take(ports: number): GaugeColumn[] {
    if (this.count === 0) return [];
    const columns = [...this.peaks].map(
      ([priority, byPort]): GaugeColumn => ({
        gauge: 'queueWatermarkBytes',
        priority,
        values: Float64Array.from({ length: ports }, (_, port) => byPort.get(port) ?? Number.NaN),
      }),
    );
    this.clear();
    return columns;
  }
}
