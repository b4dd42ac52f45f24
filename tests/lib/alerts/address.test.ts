import { expect, it } from 'vitest';
import { isBlockedAddress } from '../../../lib/alerts/address.ts';

it.each([
  '169.254.169.254',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'ff02::1',
  '::ffff:169.254.169.254',
  'fd00:ec2::254',
  'not-an-address',
])('never sends to %s', (address) => {
  expect(isBlockedAddress(address)).toBe(true);
});
it.each(['127.0.0.1', '::1', '10.0.0.5', '192.168.1.9', '172.16.0.1', '203.0.113.7', '2001:db8::1', 'fd12::1'])(
  'may send to %s',
  (address) => {
    expect(isBlockedAddress(address)).toBe(false);
  },
);
