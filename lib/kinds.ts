/** What an incident or a cause may be; one spelling in API, webhooks, store and replay. */
export const NETWORK_KINDS = [
  'pause-storm',
  'slow-receiver',
  'pfc-deadlock',
  'incast',
  'microburst',
  'congestion',
  'uplink-imbalance',
  'ecmp-collision',
  'link-degraded',
  'link-flap',
  'packet-loss',
] as const;
/** Causes of a slow step that are not the network. */
export const NON_NETWORK_KINDS = ['compute-straggler', 'data-stall', 'checkpoint'] as const;
/** Every cause a step may carry; `unexplained` is the unknown rest. */
export const CAUSE_KINDS = [...NETWORK_KINDS, ...NON_NETWORK_KINDS, 'unexplained'] as const;

export type NetworkKind = (typeof NETWORK_KINDS)[number];
export type NonNetworkKind = (typeof NON_NETWORK_KINDS)[number];
export type CauseKind = (typeof CAUSE_KINDS)[number];

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** True for a kind whose root is a port of the fabric. */
export function isNetworkKind(kind: string): kind is NetworkKind {
  return (NETWORK_KINDS as readonly string[]).includes(kind);
}
