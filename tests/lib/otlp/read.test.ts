import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../lib/errors.ts';
import { readMetricsJson } from '../../../lib/otlp/read-json.ts';
import { readMetricsProtobuf } from '../../../lib/otlp/read-protobuf.ts';
import { encodeProto } from '../../../lib/protobuf/writer.ts';

type Field = readonly [number, bigint | string | Buffer];
const message = (...fields: Field[]) => encodeProto(fields);
const attribute = (key: string, value: string): Buffer => message([1, key], [2, message([1, value])]);
/** A field of eight bytes. */
const fixed = (field: number, value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = field * 8 + 1;
  if (typeof value === 'bigint') bytes.writeBigUInt64LE(value, 1);
  else bytes.writeDoubleLE(value, 1);
  return bytes;
};
const request = (...metrics: Buffer[]): Buffer =>
  message([
    1,
    message([1, message([1, attribute('job', 'llm')])], [2, message(...metrics.map((one): Field => [2, one]))]),
  ]);
const names = new Set(['h', 'g', 's', 'e']);

describe('readMetricsProtobuf', () => {
  const times = [fixed(2, 1_000n), fixed(3, 2_000n)];
  it('reads histograms, exponential histograms, summaries and numbers', () => {
    const histogram = Buffer.concat([...times, fixed(4, 3n), fixed(5, 4.5), message([9, attribute('rank', '7')])]);
    const exponential = Buffer.concat([message([1, attribute('rank', '1')]), ...times, fixed(4, 2n), fixed(5, 1)]);
    const gauge = Buffer.concat([...times, fixed(4, 0.25)]);
    const integer = Buffer.concat([...times, fixed(6, 12n)]);
    const body = request(
      message([9, message([1, histogram], [2, 2n])], [3, 'ms'], [1, 'h']),
      message([1, 'e'], [10, message([1, exponential], [2, 1n])]),
      message([1, 's'], [11, message([1, Buffer.concat([...times, fixed(4, 5n), fixed(5, 9)])])]),
      message([1, 'g'], [5, message([1, gauge], [1, integer])]),
      message([1, 'other'], [7, message([1, gauge], [1, gauge], [2, 2n])]),
    );
    const { points, unknown } = readMetricsProtobuf(body, names);
    expect(points).toMatchObject([
      { metric: 'h', unit: 'ms', temporality: 2, count: 3, sum: 4.5, startNano: 1000n, timeNano: 2000n },
      { metric: 'e', temporality: 1, count: 2, sum: 1 },
      { metric: 's', temporality: 0, count: 5, sum: 9 },
      { metric: 'g', value: 0.25 },
      { metric: 'g', value: 12 },
    ]);
    expect(points[0]?.resource.get('job')).toBe('llm');
    expect(points.map(({ attributes }) => attributes.get('rank'))).toEqual(['7', '1', undefined, undefined, undefined]);
    expect([...unknown]).toEqual([['other', 2]]);
  });

  it('leaves out points whose sender says that they have no value', () => {
    const none = Buffer.concat([...times, message([8, 1n])]);
    expect(readMetricsProtobuf(request(message([1, 'g'], [5, message([1, none])])), names).points).toEqual([]);
  });

  it('reads attributes of every plain type as text', () => {
    const attributes = [
      attribute('text', 'x'),
      message([1, 'int'], [2, message([3, -5n])]),
      message([1, 'yes'], [2, message([2, 1n])]),
      message([1, 'double'], [2, fixed(4, 0.5)]),
      message([1, 'list'], [2, message([5, message([1, message([1, 'a'])])])]),
    ].map((one) => message([7, one]));
    const [point] = readMetricsProtobuf(
      request(message([1, 'g'], [5, message([1, Buffer.concat([...times, ...attributes])])])),
      names,
    ).points;
    expect([...(point?.attributes ?? [])]).toEqual([
      ['text', 'x'],
      ['int', '-5'],
      ['yes', 'true'],
      ['double', '0.5'],
    ]);
  });

  it('says where it stopped understanding, and never hangs', () => {
    const good = request(message([1, 'h'], [9, message([1, Buffer.concat(times)], [2, 2n])]));
    expect(() => readMetricsProtobuf(Buffer.from('{"resourceMetrics":[]}'), names)).toThrow(ParseError);
    for (let cut = 1; cut < good.length; cut++) {
      try {
        readMetricsProtobuf(good.subarray(0, cut), names);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 0x7f, 0x80, 0xff]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        try {
          readMetricsProtobuf(bad, names);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }
    }
  });

  it('keeps so many points and counts the others', () => {
    const points = Array.from({ length: 100_001 }, (): Field => [1, fixed(3, 1n)]);
    const { points: kept, tooMany } = readMetricsProtobuf(request(message([1, 'g'], [5, message(...points)])), names);
    expect([kept.length, tooMany]).toEqual([100_000, 1]);
  });
});

describe('readMetricsJson', () => {
  const json = (metrics: unknown[], more: object = {}) =>
    Buffer.from(
      JSON.stringify({
        resourceMetrics: [
          {
            resource: { attributes: [{ key: 'job', value: { stringValue: 'llm' } }], ...more },
            scopeMetrics: [{ scope: { name: 'x' }, metrics, newField: 1 }],
          },
        ],
        newField: {},
      }),
    );

  it('takes 64-bit numbers as text or numbers, null for absent, and unknown fields', () => {
    const point = { startTimeUnixNano: '1000', timeUnixNano: 2000, count: '3', sum: 4.5, attributes: null, min: null };
    const body = json([
      { name: 'h', unit: 'ms', histogram: { aggregationTemporality: 2, dataPoints: [point] } },
      { name: 'g', gauge: { dataPoints: [{ timeUnixNano: '5', asInt: '12', attributes: [{ key: 'a', value: {} }] }] } },
      { name: 'other', sum: { dataPoints: [{}, {}] } },
      { name: 'g', gauge: { dataPoints: [{ timeUnixNano: '5', asDouble: 1, flags: 1 }] } },
    ]);
    const { points, unknown, malformed } = readMetricsJson(body, names);
    expect(points).toMatchObject([
      { metric: 'h', temporality: 2, startNano: 1000n, timeNano: 2000n, count: 3, sum: 4.5 },
      { metric: 'g', value: 12, timeNano: 5n },
    ]);
    expect(points[0]?.resource.get('job')).toBe('llm');
    expect([...unknown]).toEqual([['other', 2]]);
    expect(malformed).toEqual([]);
  });

  it('names points that are none, and keeps the others', () => {
    const { points, malformed } = readMetricsJson(
      json([
        { name: 'g', gauge: { dataPoints: [{ timeUnixNano: 'yesterday' }, 7, { timeUnixNano: '5', asInt: '1' }] } },
      ]),
      names,
    );
    expect(points).toHaveLength(1);
    expect(malformed).toEqual([expect.stringContaining('g: timeUnixNano: '), expect.stringContaining('g: the body: ')]);
  });

  it.each(['', 'x', '[]', '7', '{"resourceMetrics":7}'])('refuses %j', (text) => {
    expect(() => readMetricsJson(Buffer.from(text), names)).toThrow(ParseError);
  });

  it('takes a request with nothing in it', () => {
    expect(readMetricsJson(Buffer.from('{}'), names).points).toEqual([]);
  });
});
