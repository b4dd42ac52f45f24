/** How values of a metric relate to those before. @source opentelemetry-proto metrics.proto, AggregationTemporality */
export const DELTA = 1;
export const CUMULATIVE = 2;

/** Names of the attributes and their values as text. */
export type Attributes = ReadonlyMap<string, string>;

/** One data point of a metric we know. */
export interface MetricPoint {
  metric: string;
  unit: string;
  /** 0 unspecified, DELTA, CUMULATIVE; gauges and summaries have none (a summary is cumulative). */
  temporality: number;
  resource: Attributes;
  attributes: Attributes;
  /** Unix ns. */
  startNano: bigint;
  timeNano: bigint;
  /** Of a gauge or a sum; absent for the others. */
  value?: number;
  /** Of a histogram or a summary; the sum is absent where the sender does not keep it. */
  count?: number;
  sum?: number;
}

/** A request, read: points of metrics asked for, and how many there were of others. */
export interface MetricsRequest {
  points: MetricPoint[];
  /** Points of metrics nobody asked for, by name of the metric. */
  unknown: ReadonlyMap<string, number>;
  /** Points left out because there are too many. */
  tooMany: number;
}

/** An attribute of the point, else of what sent it. */
export function attributeOf(point: MetricPoint, name: string): string | undefined {
  return point.attributes.get(name) ?? point.resource.get(name);
}

/** Points kept of one request. */
const MAX_POINTS = 100_000;
/** Unknown metrics counted by name; the rest is counted together. */
const MAX_UNKNOWN_NAMES = 100;
const MAX_NAME = 256;

/** Collects what a reader finds, within bounds whatever is sent. */
export class RequestBuilder {
  readonly points: MetricPoint[] = [];
  readonly #unknown = new Map<string, number>();
  #tooMany = 0;

  constructor(private readonly wanted: ReadonlySet<string>) {}

  wants(metric: string): boolean {
    return this.wanted.has(metric);
  }

  add(point: MetricPoint): void {
    if (this.points.length < MAX_POINTS) this.points.push(point);
    else this.#tooMany++;
  }

  leaveAside(metric: string, points: number): void {
    const name = metric.slice(0, MAX_NAME);
    const known = this.#unknown.has(name) || this.#unknown.size < MAX_UNKNOWN_NAMES;
    const key = known ? name : '(others)';
    this.#unknown.set(key, (this.#unknown.get(key) ?? 0) + points);
  }

  finish(): MetricsRequest {
    return { points: this.points, unknown: this.#unknown, tooMany: this.#tooMany };
  }
}
