import { describe, expect, it } from 'vitest';
import { refuseNarrowOctets } from '../../../../collectors/snmp/plan/narrow.ts';

describe('32-bit octet counters', () => {
  it.each([
    [400_000, 1000, 'ifInOctets: 32-bit at 400G wraps in 86 ms'],
    [100_000, 1000, 'ifInOctets: 32-bit at 100G wraps in 344 ms'],
    [10_000, 5000, 'ifInOctets: 32-bit at 10G wraps in 3.4 s'],
    [0, 5000, 'ifInOctets: 32-bit, and the port does not say its speed'],
    [10_000, 1000, null],
    [1000, 5000, null],
  ])('at %i Mbit/s polled every %i ms', (speedMbps, intervalMs, expected) => {
    expect(refuseNarrowOctets('ifInOctets', speedMbps, intervalMs)).toBe(expected);
  });
});
