import { describe, expect, it } from 'vitest';
import { authorityOf, gnmiConfigSchema } from '../../../collectors/gnmi/config.ts';

describe('the address of a target', () => {
  it.each([
    ['leaf1', 'leaf1:9339'],
    ['leaf_1.lab:6030', 'leaf_1.lab:6030'],
    ['10.0.0.11:6030', '10.0.0.11:6030'],
    ['[2001:db8::1]', '[2001:db8::1]:9339'],
    ['[::ffff:10.0.0.1]:57400', '[::ffff:10.0.0.1]:57400'],
  ])('%s is understood', (address, authority) => {
    expect(authorityOf(address)).toBe(authority);
  });

  it.each([
    ...['', 'leaf1:0', 'leaf1:65536', 'leaf1:gnmi', '::1', '2001:db8::1', '[::1', '[:::]:1', '[10.0.0.1]:1'],
    ...['256.1.1.1:1', '1.2.3.4.5:1', 'user@leaf1:1', 'https://leaf1', 'leaf1/x', 'leaf1?x:1', 'leaf1#x:1', '%zz:1'],
    ...['leaf 1', 'leaf1\n', 'a\\b:1', 'a<b:1'],
  ])('%j is refused', (address) => {
    expect(authorityOf(address)).toBeNull();
    const read = gnmiConfigSchema.safeParse({ name: 'leaf1', address });
    expect(read.error?.issues.some(({ path }) => path[0] === 'address')).toBe(true);
  });
});

describe('a password that metadata cannot carry', () => {
  it.each(['geheim\u7aef', 'geheim\n', ' geheim', 'geheim '])(
    'as %j is refused by its key, and never shown',
    (password) => {
      const target = { name: 'leaf1', address: '10.0.0.1:6030', username: 'u', password };
      const read = gnmiConfigSchema.safeParse(target);
      expect(read.error?.issues.map(({ path }) => path)).toEqual([['password']]);
      expect(read.error?.message).not.toContain('geheim');
      expect(gnmiConfigSchema.safeParse({ ...target, authScheme: 'basic' }).success).toBe(true);
    },
  );

  it('may hold spaces within', () => {
    const target = { name: 'leaf1', address: 'leaf1', username: 'u', password: 'correct horse' };
    expect(gnmiConfigSchema.safeParse(target).success).toBe(true);
  });
});
