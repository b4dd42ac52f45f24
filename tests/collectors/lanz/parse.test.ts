import { describe, expect, it } from 'vitest';
import { parseLanzRecord } from '../../../collectors/lanz/parse.ts';
import { block, number } from '../gnmi/messages.ts';
import { complaint, config, congestion } from './records.ts';

const AT = 1_800_000_000_000.25;

describe('records of LANZ', () => {
  it('congestion: time in ms, segments, drops and class', () => {
    const record = congestion({ atMs: AT, port: 'Ethernet7/1', entry: 2, segments: 900, drops: 40, trafficClass: 5 });
    expect(parseLanzRecord(record)).toEqual({
      congestion: { atMs: AT, port: 'Ethernet7/1', priority: 5, entry: 2, segments: 900, drops: 40 },
    });
  });

  it('the least a record may say', () => {
    const record = block(2, Buffer.concat([number(1, 1_800_000_000_000_000n), block(2, 'Ethernet1')]));
    expect(parseLanzRecord(record).congestion).toEqual({
      ...{ atMs: 1_800_000_000_000, port: 'Ethernet1', priority: -1, entry: 0, segments: 0, drops: 0 },
    });
  });

  it('configuration: size of a segment and how many ports', () => {
    expect(parseLanzRecord(config(208, ['Ethernet1', 'Ethernet2', 'Cpu']))).toEqual({
      config: { segmentBytes: 208, ports: 3 },
    });
  });

  it('what the switch complains of, in one line', () => {
    expect(parseLanzRecord(complaint('LANZ is\nnot supported'))).toEqual({ error: 'LANZ is not supported' });
  });

  it('use of the whole buffer, and what newer switches add, is passed over', () => {
    expect(parseLanzRecord(Buffer.concat([block(4, number(3, 5n)), block(9, 'x'), number(10, 1n)]))).toEqual({});
  });

  it.each([
    ['no time', block(2, block(2, 'Ethernet1')), 'without its time'],
    ['no port', block(2, number(1, 5n)), 'without the name'],
    ['the name of a novel', block(2, Buffer.concat([number(1, 5n), block(2, 'x'.repeat(300))])), 'without the name'],
    ['segments of nothing', block(1, number(4, 0n)), 'a segment of 0 bytes'],
    ['segments of 4 GiB', block(1, number(4, 1n << 32n)), 'a segment of 4294967296 bytes'],
    ['a number instead of a record', number(2, 5n), 'wire type'],
    ['half of it', congestion({ atMs: AT, entry: 1, segments: 5 }).subarray(0, 9), 'longer than its message'],
  ])('%s is an error that names itself', (_, bytes, said) => {
    expect(() => parseLanzRecord(bytes)).toThrow(said);
  });
});
