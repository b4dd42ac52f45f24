import { describe, expect, it } from 'vitest';
import { compressHostlist, expandHostlist, expandTaskCounts } from '../../lib/hostlist.ts';

describe('expandHostlist', () => {
  it.each([
    ['dgx[001-003,010],login1', 'dgx001 dgx002 dgx003 dgx010 login1'],
    ['n[9-11]', 'n9 n10 n11'],
    ['n[09-11]', 'n09 n10 n11'],
    ['n[098-101]', 'n098 n099 n100 n101'],
    ['rack[1-2]node[01-02]', 'rack1node01 rack1node02 rack2node01 rack2node02'],
    ['n[1-3,2]', 'n1 n2 n3 n2'],
    ['n1-3', 'n1-3'],
    ['gpu[1-2]-ib0', 'gpu1-ib0 gpu2-ib0'],
    ['a b,c', 'a b c'],
    ['', ''],
  ])('%s', (list, hosts) => {
    expect(expandHostlist(list).join(' ')).toBe(hosts);
  });

  it.each(['x[3-1]', 'n[]', 'n[a-c]', 'n[1-2', 'n]1', 'n[[1]]', 'n[0-99999999]', 'r[1-999]n[1-999]'])(
    'refuses %s and names it',
    (list) => {
      expect(() => expandHostlist(list)).toThrow(list.slice(0, 5));
    },
  );
});

describe('compressHostlist', () => {
  it.each([
    ['dgx001 dgx002 dgx003 dgx010 login1', 'dgx[001-003,010],login1'],
    ['n9 n10 n11', 'n[9-11]'],
    ['n09 n10 n11', 'n[09-11]'],
    ['one', 'one'],
    ['n099 n100', 'n[099-100]'],
  ])('%s', (hosts, list) => {
    expect(compressHostlist(hosts.split(' '))).toBe(list);
  });

  it('expands back to the same hosts, whatever their padding', () => {
    const hosts = ['a1', 'a2', 'a3', 'a01', 'a02', 'b', 'b7', 'c008', 'c9', 'c10'];
    expect(expandHostlist(compressHostlist(hosts)).sort()).toEqual([...hosts].sort());
  });
});

describe('expandTaskCounts', () => {
  it.each([
    ['2(x3),1', [2, 2, 2, 1]],
    ['8', [8]],
    ['8(x2)', [8, 8]],
  ])('%s', (text, counts) => {
    expect(expandTaskCounts(text)).toEqual(counts);
  });

  it.each(['', '2(x3', 'x3', '2(x3)1', '-1', '1(x999999)'])('refuses %j', (text) => {
    expect(() => expandTaskCounts(text)).toThrow();
  });
});
