import { ProtoReader } from '../protobuf/reader.ts';
import { type Attributes, type MetricPoint, type MetricsRequest, RequestBuilder } from './metric-point.ts';

/** Kinds of metric data by field of `Metric`, and the field that holds a point's attributes. */
const DATA_FIELDS: ReadonlyMap<number, { attributes: number; flags: number; number: boolean }> = new Map([
  [5, { attributes: 7, flags: 8, number: true }], // gauge
  [7, { attributes: 7, flags: 8, number: true }], // sum
  [9, { attributes: 9, flags: 10, number: false }], // histogram
  [10, { attributes: 1, flags: 10, number: false }], // exponential histogram
  [11, { attributes: 7, flags: 8, number: false }], // summary
]);
const SUMMARY = 11;
/** DataPointFlags: the sender says that there is no value. */
const NO_VALUE = 1;
/** Arrays and maps within attribute values are told apart no deeper. */
const MAX_ATTRIBUTES = 128;

/**
 * Reads an ExportMetricsServiceRequest.
 * @throws ParseError where the bytes are none
 * @source opentelemetry-proto metrics/v1/metrics.proto and common/v1/common.proto (field numbers)
 */
export function readMetricsProtobuf(body: Buffer, wanted: ReadonlySet<string>): MetricsRequest {
  const builder = new RequestBuilder(wanted);
  const request = new ProtoReader(body);
  while (request.next()) {
    if (request.field === 1) readResourceMetrics(request.message(), builder);
  }
  return builder.finish();
}

function readResourceMetrics(message: ProtoReader, builder: RequestBuilder): void {
  const resource = new Map<string, string>();
  const scopes: ProtoReader[] = [];
  while (message.next()) {
    if (message.field === 1) readResource(message.message(), resource);
    // 1000: the name scopes had before 1.0 of the protocol.
    else if (message.field === 2 || message.field === 1000) scopes.push(message.message());
  }
  for (const scope of scopes) {
    while (scope.next()) if (scope.field === 2) readMetric(scope.message(), resource, builder);
  }
}

function readResource(message: ProtoReader, into: Map<string, string>): void {
  while (message.next()) if (message.field === 1) readAttribute(message.message(), into);
}

function readAttribute(message: ProtoReader, into: Map<string, string>): void {
  let key = '';
  let value: string | undefined;
  while (message.next()) {
    if (message.field === 1) key = message.text();
    else if (message.field === 2) value = readValue(message.message());
  }
  if (value !== undefined && into.size < MAX_ATTRIBUTES) into.set(key, value);
}

/** A plain value as text; lists and maps say nothing here. */
function readValue(message: ProtoReader): string | undefined {
  let value: string | undefined;
  while (message.next()) {
    if (message.field === 1) value = message.text();
    else if (message.field === 2) value = String(message.uint64() !== 0n);
    else if (message.field === 3) value = String(message.int64());
    else if (message.field === 4) value = String(message.double());
  }
  return value;
}

function readMetric(message: ProtoReader, resource: Attributes, builder: RequestBuilder): void {
  let name = '';
  let unit = '';
  const data: { kind: number; message: ProtoReader }[] = [];
  while (message.next()) {
    if (message.field === 1) name = message.text();
    else if (message.field === 3) unit = message.text();
    else if (DATA_FIELDS.has(message.field)) data.push({ kind: message.field, message: message.message() });
  }
  for (const one of data) readData(one.kind, one.message, { metric: name, unit, resource }, builder);
}

type Series = Pick<MetricPoint, 'metric' | 'unit' | 'resource'>;

function readData(kind: number, message: ProtoReader, series: Series, builder: RequestBuilder): void {
  const wanted = builder.wants(series.metric);
  const points: ProtoReader[] = [];
  let count = 0;
  let temporality = 0;
  while (message.next()) {
    if (message.field === 1) {
      count++;
      if (wanted) points.push(message.message());
    } else if (message.field === 2 && kind !== SUMMARY) temporality = Number(message.uint64());
  }
  if (!wanted) {
    builder.leaveAside(series.metric, count);
    return;
  }
  for (const point of points) {
    const read = readPoint(kind, point);
    if (read !== undefined) builder.add({ ...series, temporality, ...read });
  }
}

type PointValues = Omit<MetricPoint, keyof Series | 'temporality'>;

function readPoint(kind: number, message: ProtoReader): PointValues | undefined {
  const layout = DATA_FIELDS.get(kind);
  const attributes = new Map<string, string>();
  const point: PointValues = { attributes, startNano: 0n, timeNano: 0n };
  let flags = 0n;
  while (message.next()) {
    const { field } = message;
    if (field === layout?.attributes) readAttribute(message.message(), attributes);
    else if (field === 2) point.startNano = message.fixed64();
    else if (field === 3) point.timeNano = message.fixed64();
    else if (field === layout?.flags) flags = message.uint64();
    else if (layout?.number) readNumber(message, point);
    else readDistribution(message, point);
  }
  return (Number(flags) & NO_VALUE) === 0 ? point : undefined;
}

function readNumber(message: ProtoReader, point: PointValues): void {
  if (message.field === 4) point.value = message.double();
  else if (message.field === 6) point.value = Number(message.sfixed64());
}

function readDistribution(message: ProtoReader, point: PointValues): void {
  if (message.field === 4) point.count = Number(message.fixed64());
  else if (message.field === 5) point.sum = message.double();
}
