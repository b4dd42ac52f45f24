import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameMemory } from '../../../lib/line-protocol/name-memory.ts';
import { fieldValue, type Precision } from '../../../lib/line-protocol/point.ts';
import { LineReader } from '../../../lib/line-protocol/reader.ts';

interface Point {
  line: number;
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, unknown>;
  timestampMs: number | undefined;
}

function read(text: string | Buffer, precision: Precision = 'ns', reader = new LineReader()) {
  const points: Point[] = [];
  const summary = reader.read(Buffer.from(text), precision, (point) => {
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < point.count; i++) fields[point.keys[i]!.name] = fieldValue(point, i);
    points.push({
      line: point.line,
      measurement: point.head.measurement,
      tags: Object.fromEntries(point.head.tags),
      fields,
      timestampMs: point.timestampMs,
    });
    return undefined;
  });
  return { points, ...summary };
}

describe('LineReader', () => {
  it('reads every kind of value', () => {
    const { points, refused } = read(
      'm,a=b f=1.5,g=-2e-3,h=3,i=3i,u=18446744073709551615u,t=T,n=FALSE,s="x y" 1700000000000000000',
    );
    expect(refused).toBe(0);
    expect(points).toEqual([
      {
        line: 1,
        measurement: 'm',
        tags: { a: 'b' },
        fields: { f: 1.5, g: -0.002, h: 3, i: 3, u: 18446744073709551615n, t: true, n: false, s: 'x y' },
        timestampMs: 1_700_000_000_000,
      },
    ]);
  });

  it('keeps integers beyond 2^53 exact and refuses those beyond 64 bits', () => {
    const { points, problems } = read(
      'm a=9007199254740993i\nm a=-9223372036854775808i\nm a=9223372036854775808i\nm a=-1u',
    );
    expect(points.map(({ fields }) => fields.a)).toEqual([9007199254740993n, -9223372036854775808n]);
    expect(problems.map(({ line }) => line)).toEqual([3, 4]);
  });

  it('reads escapes where they count and leaves other backslashes alone', () => {
    const { points } = read(String.raw`my\ m\,x,ta\=g\,a\ b=v\ 1\,2\=3,path=C:\dir f\ \=\,d="a\"b\\c,d e=f" 5`);
    expect(points[0]).toMatchObject({
      measurement: 'my m,x',
      tags: { 'ta=g,a b': 'v 1,2=3', path: 'C:\\dir' },
      fields: { 'f =,d': 'a"b\\c,d e=f' },
    });
  });

  it('takes raw newlines in strings, CRLF, comments and blank lines, and numbers lines as an editor does', () => {
    const { points, refused } = read('# c, "\r\n\r\na s="1\n2",x=1 1000000\r\n  \nb x=2\r\n', 'ns');
    expect(refused).toBe(0);
    expect(points.map(({ line, measurement, fields }) => [line, measurement, fields])).toEqual([
      [3, 'a', { s: '1\n2', x: 1 }],
      [6, 'b', { x: 2 }],
    ]);
  });

  it.each([
    ['ns', '1700000000123456789', 1_700_000_000_123],
    ['us', '1700000000123456', 1_700_000_000_123],
    ['ms', '1700000000123', 1_700_000_000_123],
    ['s', '1700000000', 1_700_000_000_000],
    ['m', '28333333', 1_699_999_980_000],
    ['h', '472222', 1_699_999_200_000],
    ['ns', '-1', -1],
    ['ms', '-5', -5],
  ] as const)('reads a timestamp in %s', (precision, text, expected) => {
    expect(read(`m a=1 ${text}`, precision).points[0]?.timestampMs).toBe(expected);
  });

  it('keeps good lines and names bad ones', () => {
    const bad = [
      'nofields',
      'm',
      'm ',
      'm a',
      'm a=',
      'm =1',
      ',t=v a=1',
      'm,t a=1',
      'm,t= a=1',
      'm,=v a=1',
      'm a=1x',
      'm a=1 2 3',
      'm a=1 x',
      'm a=NaN',
      'm a=inf',
      'm a=1.5i',
      'm a=1e',
      'm a="x"y',
      'm a=1,',
      'm a=1e999',
      'm a=truely',
      'm a=1 99999999999999999999',
      'm a="never closed',
    ];
    const text = bad.flatMap((line) => [line, 'ok a=1']).join('\n');
    const { points, accepted, refused, problems } = read(text);
    expect(accepted).toBe(bad.length);
    expect(points.every(({ measurement }) => measurement === 'ok')).toBe(true);
    expect(refused).toBe(bad.length);
    expect(problems.slice(0, 5).map(({ line }) => line)).toEqual([1, 3, 5, 7, 9]);
    expect(problems.every(({ message }) => message.length > 0)).toBe(true);
  });

  it('never takes the inside of a string of a bad line for a line', () => {
    const { points, problems } = read('m =1,s="\nevil a=1\n" 5\ngood a=1');
    expect(points.map(({ measurement }) => measurement)).toEqual(['good']);
    expect(points[0]?.line).toBe(4);
    expect(problems.map(({ line }) => line)).toEqual([1]);
  });

  it('refuses what the visitor refuses, by line', () => {
    const summary = new LineReader().read(Buffer.from('a x=1\nb x=1'), 'ns', ({ head }) =>
      head.measurement === 'b' ? 'no such thing' : undefined,
    );
    expect(summary).toEqual({ accepted: 1, refused: 1, problems: [{ line: 2, message: 'no such thing' }] });
  });

  it('reads numbers as Number() does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(read(`m a=${value}`).points[0]?.fields.a).toBe(Number(`${value}`));
      }),
      { numRuns: 2000 },
    );
    const decimal = fc.tuple(fc.bigInt(-(10n ** 22n), 10n ** 22n), fc.nat(25), fc.integer({ min: -30, max: 30 }));
    fc.assert(
      fc.property(decimal, ([digits, places, exponent]) => {
        const text = `${digits}`.padStart(places + 1, '0');
        const spelled = `${text.slice(0, text.length - places)}.${text.slice(text.length - places)}e${exponent}`;
        fc.pre(/^-?\d*\.\d*e/.test(spelled) && /\d/.test(spelled));
        expect(read(`m a=${spelled}`).points[0]?.fields.a).toBe(Number(spelled));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives back any names and texts that an encoder escaped', () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
      .filter((text) => text !== '__proto__' && !/[\\\n\r\0\t]/.test(text) && !/^[\s#]/.test(text));
    const tag = (text: string) => text.replace(/[,= ]/g, '\\$&');
    const reader = new LineReader();
    fc.assert(
      fc.property(
        name,
        fc.dictionary(name, name, { maxKeys: 4 }),
        name,
        fc.string(),
        (measurement, tags, field, text) => {
          const head = [
            measurement.replace(/[, ]/g, '\\$&'),
            ...Object.entries(tags).map(([k, v]) => `${tag(k)}=${tag(v)}`),
          ];
          const line = `${head.join(',')} ${tag(field)}="${text.replace(/["\\]/g, '\\$&')}" 7`;
          const { points, problems } = read(line, 'ms', reader);
          expect(problems).toEqual([]);
          expect(points[0]?.measurement).toBe(measurement);
          expect(points[0]?.tags).toEqual({ ...tags });
          expect(points[0]?.fields[field]).toBe(Buffer.from(text).toString());
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('refuses names that nobody has, and forgets when too many were told', () => {
    const { problems } = read(`${'a,b=c'.padEnd(9000, ',b=c')} x=1\nport ${'f'.repeat(1025)}=1\nport x=1`);
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '1 measurement and tags are longer than 8192 bytes',
      '2 a field name is longer than 1024 bytes',
    ]);
    const names = new NameMemory<number>();
    for (let i = 0; i < 500_001; i++) names.set(`n${i}`, i);
    expect([names.get('n0'), names.get('n499999'), names.get('n500000')]).toEqual([undefined, undefined, 500_000]);
    names.set('x'.repeat(48 * 1024 * 1024), 1);
    expect(names.get('n500000')).toBeUndefined();
  });

  it('survives 30,000 damaged bodies and still reads the line after each', () => {
    const corpus = [
      'port,device=leaf1,port=Ethernet1/7,priority=3 interval_ms=1000,rx_pause_fraction=0.5 1700000000000\n',
      'train_step,job=llm,host=gpu01,rank=0 step=1200i,time_ms=2345.7,note="a\\"b\nc" 1700000000000\r\n',
      'cpu\\ x,a=b\\=c v=9007199254740993i,w=1u,x=t,y="" -5\n# comment\n',
    ].join('');
    let seed = 20261122;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const reader = new LineReader();
    for (let round = 0; round < 30_000; round++) {
      const body = Buffer.from(corpus);
      for (let hits = 1 + Math.floor(random() * 4); hits > 0; hits--) {
        const interesting = [0, 9, 10, 13, 32, 34, 35, 44, 61, 92, 255, Math.floor(random() * 256)];
        body[Math.floor(random() * body.length)] = interesting[Math.floor(random() * interesting.length)]!;
      }
      const cut = body.subarray(0, Math.floor(random() * (body.length + 1)));
      // Two newlines and a closing quote bring any state back to the start of a line.
      const text = Buffer.concat([cut, Buffer.from('\n"\n"\nend a=1 1\n')]);
      const { points, accepted, refused } = read(text, 'ms', reader);
      expect(accepted).toBe(points.length);
      expect(accepted + refused).toBeGreaterThan(0);
      const ended = points.filter(({ measurement }) => measurement === 'end').length;
      if (ended !== 1) expect(cut.includes('"')).toBe(true);
    }
  });
});
