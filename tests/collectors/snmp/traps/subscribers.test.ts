import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { canonicalAddress, TrapSubscribers } from '../../../../collectors/snmp/traps/subscribers.ts';
import { toTrap } from '../../../../collectors/snmp/traps/trap.ts';

const auth = { version: '2c', community: 'public' } as const;
const trap = (name: string) => ({ name, ifIndex: null, atMs: 0 });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a storm is one call at once and one a second, the last with the last trap', () => {
  const calls: string[] = [];
  const subscribers = new TrapSubscribers();
  subscribers.add({ device: 'leaf1', host: '10.0.0.1', auth, trapped: ({ name }) => calls.push(name) });
  for (let i = 0; i < 100; i++) subscribers.from('10.0.0.1')[0]!.take(trap(`t${i}`));
  expect(calls).toEqual(['t0']);
  vi.advanceTimersByTime(999);
  expect(calls).toEqual(['t0']);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(['t0', 't99']);
  vi.advanceTimersByTime(10_000);
  expect(calls).toHaveLength(2);
});

it('a device that is no longer polled hears nothing more', () => {
  const calls: string[] = [];
  const subscribers = new TrapSubscribers();
  const leave = subscribers.add({ device: 'leaf1', host: '10.0.0.1', auth, trapped: ({ name }) => calls.push(name) });
  const [subscription] = subscribers.from('10.0.0.1');
  subscription!.take(trap('a'));
  subscription!.take(trap('b'));
  leave();
  vi.advanceTimersByTime(5000);
  expect(calls).toEqual(['a']);
  expect(subscribers.from('10.0.0.1')).toEqual([]);
});

it('host names are resolved while somebody listens', async () => {
  const subscribers = new TrapSubscribers();
  subscribers.add({ device: 'leaf1', host: 'localhost', auth, trapped: () => {} });
  subscribers.add({ device: 'leaf2', host: 'x'.repeat(300), auth, trapped: () => {} });
  expect([...subscribers.from('127.0.0.1'), ...subscribers.from('::1')]).toEqual([]);
  await subscribers.resolveAll();
  const found = [...subscribers.from('127.0.0.1'), ...subscribers.from('::1')];
  expect(new Set(found.map(({ subscriber }) => subscriber.device))).toEqual(new Set(['leaf1']));
});

it('an address has one spelling', () => {
  expect(canonicalAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
  expect(canonicalAddress('FD00:0:0::1')).toBe('fd00::1');
  expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1');
});

it('what a notification lacks or has wrong is no error', () => {
  expect(toTrap({}, 5)).toEqual({ name: 'unnamed', ifIndex: null, atMs: 5 });
  expect(toTrap({ varbinds: [{ oid: 3 }, { oid: '1.3.6.1.6.3.1.1.4.1.0', value: 7 }] }, 5).name).toBe('unnamed');
  expect(toTrap({ generic: 6, enterprise: '1.3.6.1.4.1.9', specific: 4 }, 5).name).toBe('1.3.6.1.4.1.9.0.4');
  const index = { oid: '1.3.6.1.2.1.2.2.1.1.1', value: 'seven' };
  expect(toTrap({ generic: 2, varbinds: [index] }, 5)).toMatchObject({ name: 'linkDown', ifIndex: null });
});
