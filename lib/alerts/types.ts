import type { Delivery } from '../api/types.ts';
import type { Incident } from '../diagnosis/incident.ts';

/** What a receiver answers to one message; it never retries itself. The reason is from a closed set. */
export type NotifyResult =
  | { result: 'delivered'; status: number }
  | { result: 'retryable'; reason: NotifyReason; status?: number; retryAfterMs?: number }
  | { result: 'rejected'; reason: NotifyReason; status?: number };

export type NotifyReason =
  | 'network'
  | 'timeout'
  | 'http_4xx'
  | 'http_408'
  | 'http_429'
  | 'http_5xx'
  | 'redirect'
  | 'invalid_body';

/** Tells people: groups, de-duplicates, keeps a durable outbox, retries. */
export interface AlertService {
  /** New versions of incidents; resolves when what must be told is durable in the outbox. */
  onIncidents(incidents: readonly Incident[]): Promise<void>;
  /** Newest first. */
  deliveries(): Delivery[];
  /** Called for every change of a delivery. Returns the way to stop listening. */
  onDelivery(listener: (delivery: Delivery) => void): () => void;
  sendTest(receiver: string): Promise<Delivery>;
  /** Delivers until the signal says stop. */
  start(signal: AbortSignal): Promise<void>;
}
