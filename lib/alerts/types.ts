import type { Delivery } from '../api/types.ts';
import type { Incident } from '../diagnosis/incident.ts';
import type { Severity } from '../kinds.ts';
import type { ReceiverConfig } from './config.ts';

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
  | 'blocked_address'
  | 'invalid_body';

export type AlertEvent = 'alert.firing' | 'alert.resolved' | 'test';

/** One message to one receiver, as far as it does not depend on the receiver's own format. Plain data: it waits on disk. */
export interface AlertMessage {
  /** The same on every retry; starts with the fingerprint. */
  id: string;
  event: AlertEvent;
  /** Identity of the alert: a stable hash of kind and root port. */
  fingerprint: string;
  /** When it happened (detected, ended), Unix ms. */
  eventMs: number;
  incident: string | null;
  kind: string;
  severity: Severity;
  /** One sentence an operator can act on. */
  summary: string;
  where: { device: string; port: string; priority?: number };
  sinceMs: number;
  untilMs: number | null;
  /** The newest number the finding stands on. */
  measured: { metric: string; value: number; threshold?: number; unit: string } | null;
  /** 0..1 that the named port is the root. */
  confidence: number;
  victims: string[];
  victimCount: number;
  senders: string[];
  jobs: { job: string; lostSeconds: number; lostSecondsLow: number; lostSecondsHigh: number; steps: number }[];
  lostSeconds: number;
  notVisible: string[];
  /** The exact view; null where the server has no base URL. */
  link: string | null;
}

/** Turns a message into one request and tells how it went; what `lib/alerts/<receiver>/notify.ts` exports. */
export interface Notifier {
  notify(message: AlertMessage, signal: AbortSignal): Promise<NotifyResult>;
}

/** Tells people: groups, de-duplicates, keeps a durable outbox, retries. */
export interface AlertService {
  /** New versions of incidents; resolves when what must be told is durable in the outbox. */
  onIncidents(incidents: readonly Incident[]): Promise<void>;
  /** Newest first. */
  deliveries(): Delivery[];
  /** Called for every change of a delivery. Returns the way to stop listening. */
  onDelivery(listener: (delivery: Delivery) => void): () => void;
  /** @throws NotifyError `not_found` where no receiver has that name */
  sendTest(receiver: string): Promise<Delivery>;
  /** The receivers of a reloaded configuration. What waits for one that is gone ends as expired. */
  setReceivers(receivers: readonly ReceiverConfig[]): void;
  /** Delivers until the signal says stop. */
  start(signal: AbortSignal): Promise<void>;
}
