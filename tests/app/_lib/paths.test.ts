import { describe, expect, it } from 'vitest';
import {
  apiPaths,
  decodeSegment,
  encodeSegment,
  incidentHref,
  jobHref,
  portHref,
  stepHref,
} from '../../../app/_lib/paths.ts';

const HOSTILE = [
  'Ethernet1/7',
  '../../etc',
  'a b?c#d&e=f%2F',
  '<script>alert(1)</script>',
  'порт',
  '"\'`',
  '\u0000',
  '%zz',
];

describe('links of names that come from outside', () => {
  it.each(HOSTILE)('brings %j back unchanged', (name) => {
    expect(decodeSegment(encodeSegment(name))).toBe(name);
  });

  it.each(HOSTILE)('keeps %j inside its own path segment', (name) => {
    const url = new URL(portHref({ device: 'leaf1', port: name }), 'http://localhost');
    expect(url.pathname.split('/')).toHaveLength(4);
    expect(url.search).toBe('');
    expect(url.hash).toBe('');
    expect(decodeSegment(url.pathname.split('/')[3] ?? '')).toBe(name);
  });

  it('searches where a name would be folded away by the browser', () => {
    for (const name of ['', '.', '..']) {
      expect(portHref({ device: 'leaf1', port: name })).toBe('/ports?q=leaf1');
      expect(incidentHref(name)).toBe('/incidents');
      expect(jobHref(name)).toBe('/jobs');
      expect(stepHref(name, 3)).toBe('/jobs');
    }
  });

  it('survives half a surrogate pair, which cannot be encoded', () => {
    expect(() => portHref({ device: 'leaf\ud800', port: 'x' })).not.toThrow();
  });

  it('takes a broken escape as the text it is', () => {
    expect(decodeSegment('%E0%A4%A')).toBe('%E0%A4%A');
  });

  it('asks the stream for one port with the whole name in one parameter', () => {
    const url = new URL(apiPaths.stream({ device: 'leaf1', port: 'Eth1/2&x' }), 'http://localhost');
    expect(url.searchParams.get('port')).toBe('leaf1/Eth1/2&x');
  });
});
