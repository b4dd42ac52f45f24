import { ParseError } from '../errors.ts';
import { ProtoReader } from '../protobuf/reader.ts';

/** Series of one request; a sender's own limit is some thousand. */
const MOST_SERIES = 200_000;
/** As on a page. */
const MOST_LABELS = 128;

/** One series of a request; valid only while it is told. */
export interface WrittenSeries {
  /** Its metric, empty where it has none. */
  name: string;
  /** Its labels as they were sent: the same bytes are the same series. */
  key(): string;
  labels(): Map<string, string>;
  /** Its samples in the order sent. NaN stands for "gone": that is how a staleness marker reads. */
  samples: { value: number; atMs: number }[];
}

/**
 * Reads a WriteRequest of remote write 1.0. Metadata, exemplars and native histograms are left aside.
 * @returns how many series it has
 * @throws ParseError where it is none; what was told before stands
 * @source prometheus prompb/remote.proto and types.proto: WriteRequest, TimeSeries, Label, Sample
 */
export function readWriteRequest(body: Buffer, take: (series: WrittenSeries) => void): number {
  const request = new ProtoReader(body);
  let count = 0;
  while (request.next()) {
    if (request.field !== 1) continue;
    count++;
    if (count > MOST_SERIES) throw new ParseError(`more than ${MOST_SERIES} series in one request`);
    take(readSeries(request.bytes()));
  }
  return count;
}

function readSeries(bytes: Buffer): WrittenSeries {
  const series = new ProtoReader(bytes);
  const parts: Buffer[] = [];
  const samples: WrittenSeries['samples'] = [];
  let name = '';
  while (series.next()) {
    if (series.field === 1) {
      const label = series.bytes();
      if (parts.length >= MOST_LABELS) throw new ParseError(`a series has more than ${MOST_LABELS} labels`);
      parts.push(label);
      // A label is its name and its value: this one's name begins at its third byte.
      if (label[2] === UNDERSCORE && label.indexOf(NAME) === 2) name = readLabel(label).value;
    } else if (series.field === 2) samples.push(readSample(series.message()));
  }
  return {
    name,
    samples,
    key: () => Buffer.concat(parts).toString('latin1'),
    labels: () => new Map(parts.map(readLabel).map((label) => [label.name, label.value])),
  };
}

const NAME = Buffer.from('__name__');
const UNDERSCORE = 0x5f;

function readLabel(bytes: Buffer): { name: string; value: string } {
  const label = new ProtoReader(bytes);
  const read = { name: '', value: '' };
  while (label.next()) {
    if (label.field === 1) read.name = label.text();
    else if (label.field === 2) read.value = label.text();
  }
  return read;
}

function readSample(sample: ProtoReader): { value: number; atMs: number } {
  const read = { value: 0, atMs: 0 };
  while (sample.next()) {
    if (sample.field === 1) read.value = sample.double();
    else if (sample.field === 2) read.atMs = Number(sample.int64());
  }
  return read;
}
