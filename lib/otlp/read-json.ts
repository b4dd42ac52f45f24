import { z } from 'zod';
import { ParseError } from '../errors.ts';
import { type Attributes, type MetricPoint, type MetricsRequest, RequestBuilder } from './metric-point.ts';

/** 64-bit integers are text in protobuf's JSON; numbers are taken as well. */
const long = z.union([z.string().regex(/^-?\d{1,20}$/), z.number().int()]).transform((value) => BigInt(value));
const double = z.union([z.number(), z.string().transform(Number)]);
/** null stands for an absent field in protobuf's JSON. */
const listOf = <Schema extends z.ZodType>(item: Schema) => z.array(item).nullish();

const attribute = z.object({
  key: z.string(),
  value: z
    .object({
      stringValue: z.string().optional(),
      boolValue: z.boolean().optional(),
      intValue: z.union([z.string(), z.number()]).optional(),
      doubleValue: z.union([z.string(), z.number()]).optional(),
    })
    .nullish(),
});
const resourceSchema = z.object({ attributes: listOf(attribute) }).nullish();
const pointSchema = z.object({
  attributes: listOf(attribute),
  startTimeUnixNano: long.optional(),
  timeUnixNano: long.optional(),
  asDouble: double.nullish(),
  asInt: long.nullish(),
  count: long.nullish(),
  sum: double.nullish(),
  flags: z.number().nullish(),
});
const dataSchema = z.object({
  // Points are checked one by one: a bad one must not cost the others.
  dataPoints: listOf(z.unknown()),
  aggregationTemporality: z.number().nullish(),
});
const metricSchema = z.object({
  name: z.string().default(''),
  unit: z.string().nullish(),
  gauge: dataSchema.nullish(),
  sum: dataSchema.nullish(),
  histogram: dataSchema.nullish(),
  exponentialHistogram: dataSchema.nullish(),
  summary: dataSchema.nullish(),
});
const scopesSchema = listOf(z.object({ metrics: listOf(metricSchema) }));
const requestSchema = z.object({
  resourceMetrics: listOf(
    z.object({ resource: resourceSchema, scopeMetrics: scopesSchema, instrumentationLibraryMetrics: scopesSchema }),
  ),
});

/** A request as JSON: what a reader of protobuf gives, and the points that were no points. */
export interface MetricsJson extends MetricsRequest {
  malformed: string[];
}

/**
 * Reads an ExportMetricsServiceRequest in protobuf's JSON mapping; unknown fields are ignored.
 * @throws ParseError where the body is none
 * @source https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function readMetricsJson(body: Buffer, wanted: ReadonlySet<string>): MetricsJson {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ParseError('the body is not JSON');
  }
  const { data, error } = requestSchema.safeParse(value);
  if (data === undefined) throw new ParseError(messageOf(error));
  const builder = new RequestBuilder(wanted);
  const malformed: string[] = [];
  for (const { resource, scopeMetrics, instrumentationLibraryMetrics } of data.resourceMetrics ?? []) {
    const attributes = attributesOf(resource?.attributes);
    for (const scope of [...(scopeMetrics ?? []), ...(instrumentationLibraryMetrics ?? [])]) {
      for (const metric of scope.metrics ?? []) readMetric(metric, attributes, builder, malformed);
    }
  }
  return { ...builder.finish(), malformed };
}

function readMetric(
  metric: z.output<typeof metricSchema>,
  resource: Attributes,
  builder: RequestBuilder,
  malformed: string[],
): void {
  for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const) {
    const data = metric[kind];
    const points = data?.dataPoints ?? [];
    if (points.length === 0) continue;
    if (!builder.wants(metric.name)) {
      builder.leaveAside(metric.name, points.length);
      continue;
    }
    for (const raw of points) {
      const point = pointSchema.safeParse(raw);
      if (point.success) {
        const series = { metric: metric.name, unit: metric.unit ?? '', resource };
        const read = pointOf(point.data, { ...series, temporality: data?.aggregationTemporality ?? 0 });
        if (read !== undefined) builder.add(read);
      } else malformed.push(`${metric.name}: ${messageOf(point.error)}`);
    }
  }
}

function pointOf(
  { attributes, startTimeUnixNano, timeUnixNano, asDouble, asInt, count, sum, flags }: z.output<typeof pointSchema>,
  series: Pick<MetricPoint, 'metric' | 'unit' | 'resource' | 'temporality'>,
): MetricPoint | undefined {
  if (((flags ?? 0) & 1) === 1) return undefined;
  const value = asDouble ?? (asInt === null || asInt === undefined ? undefined : Number(asInt));
  return {
    ...series,
    attributes: attributesOf(attributes),
    startNano: startTimeUnixNano ?? 0n,
    timeNano: timeUnixNano ?? 0n,
    ...(value === undefined ? {} : { value }),
    ...(count === null || count === undefined ? {} : { count: Number(count) }),
    ...(sum === null || sum === undefined ? {} : { sum }),
  };
}

function attributesOf(list: z.output<typeof attribute>[] | null | undefined): Attributes {
  const attributes = new Map<string, string>();
  for (const { key, value } of (list ?? []).slice(0, 128)) {
    const plain = value?.stringValue ?? value?.boolValue ?? value?.intValue ?? value?.doubleValue;
    if (plain !== undefined) attributes.set(key, String(plain));
  }
  return attributes;
}

function messageOf(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return `${path === '' ? 'the body' : path}: ${issue?.message ?? 'is not as expected'}`.slice(0, 300);
}
