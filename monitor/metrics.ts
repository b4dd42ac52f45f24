import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the monitor tells of itself at /metrics. */
export interface MonitorMetrics {
  registry: Registry;
  bytes: Counter;
  points: Counter<'result'>;
  rows: Counter;
  events: Counter;
  steps: Counter;
  collectives: Counter;
  writeSeconds: Histogram;
  advanceSeconds: Histogram;
  snapshotSeconds: Histogram;
  requests: Histogram<'route' | 'status'>;
}

/** Readings taken when somebody scrapes. */
export interface MonitorGauges {
  newestSampleMs(): number | null;
  nowMs(): number;
  streamClients(): number;
  openIncidents(): number;
  silentTargets(): number;
  repeatedRows(): number;
  unknownPoints(): ReadonlyMap<string, number>;
}

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** A registry of its own, so that two monitors in one process (tests) do not mix. */
export function createMetrics(gauges: MonitorGauges): MonitorMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('stallscope_newest_sample_age_seconds', 'Age of the newest sample; NaN before the first', () => {
    const newestMs = gauges.newestSampleMs();
    return newestMs === null ? Number.NaN : (gauges.nowMs() - newestMs) / 1000;
  });
  gauge('stallscope_stream_clients', 'Browsers and scripts that listen to events', gauges.streamClients);
  gauge('stallscope_incidents_open', 'Incidents going on now', gauges.openIncidents);
  gauge('stallscope_targets_silent', 'Targets that are down or silent', gauges.silentTargets);
  gauge('stallscope_repeated_rows', 'Rows that were late or repeated: stored, not judged again', gauges.repeatedRows);
  new Gauge({
    name: 'stallscope_unknown_points',
    help: 'Points of measurements nobody here knows, by name: taken and left aside',
    labelNames: ['measurement'] as const,
    registers,
    collect() {
      for (const [measurement, count] of gauges.unknownPoints()) this.set({ measurement }, count);
    },
  });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const histogram = (name: string, help: string) => new Histogram({ name, help, buckets: SECONDS, registers });
  return {
    registry,
    bytes: counter('stallscope_ingest_bytes_total', 'Bytes of line protocol, decompressed'),
    points: new Counter({
      name: 'stallscope_ingest_points_total',
      help: 'Points of line protocol by what became of them',
      labelNames: ['result'] as const,
      registers,
    }),
    rows: counter('stallscope_stored_rows_total', 'Sample rows made durable'),
    events: counter('stallscope_ingest_events_total', 'Collector events taken'),
    steps: counter('stallscope_ingest_steps_total', 'Training steps taken'),
    collectives: counter('stallscope_ingest_collectives_total', 'Collective operations taken'),
    writeSeconds: histogram('stallscope_store_write_seconds', 'From a parsed body to durable rows'),
    advanceSeconds: histogram('stallscope_analysis_seconds', 'One judgement of what arrived'),
    snapshotSeconds: histogram('stallscope_snapshot_seconds', 'Writing down the state of the analysis'),
    requests: new Histogram({
      name: 'stallscope_http_request_seconds',
      help: 'Answered requests of our own routes',
      labelNames: ['route', 'status'] as const,
      buckets: SECONDS,
      registers,
    }),
  };
}
