import { describe, expect, it } from 'vitest';
import { parseFault } from '../../cli/demo-faults.ts';
import { parseInjection } from '../../demo/live/control.ts';
import { UsageError } from '../../lib/errors.ts';

describe('--fault', () => {
  it('puts several faults into the rests of the script, one each', () => {
    const starts = ['incast', 'link-flap', 'pause-storm'].map((kind, index) => parseFault(kind, index).atSeconds);
    expect(starts).toEqual([88, 148, 208]);
  });

  it('begins now in a demo that runs', () => {
    expect(parseFault('incast', null)).toEqual({ kind: 'incast', atSeconds: 0, forSeconds: 20 });
  });

  it('takes time, length and strength', () => {
    expect(parseInjection(parseFault('pause-storm,at=5,for=7.5,strength=0.8', 0))).toMatchObject({
      kind: 'pause-storm',
      atSeconds: 5,
      forSeconds: 7.5,
      strength: 0.8,
    });
  });

  it('takes the leaf it is to be on', () => {
    expect(parseInjection(parseFault('incast,on=leaf2', null))).toMatchObject({ kind: 'incast', on: 'leaf2' });
  });

  it.each(['incast,on=', 'incast,at', 'incast,at=soon', 'incast,length=5', 'incast,at='])('refuses %s', (text) => {
    expect(() => parseFault(text, 0)).toThrow(UsageError);
  });

  it('an unknown kind is refused with the ones there are', () => {
    expect(() => parseInjection(parseFault('earthquake', 0))).toThrow(/pause-storm.*incast/);
  });
});
