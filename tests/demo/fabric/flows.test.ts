import { describe, expect, it } from 'vitest';
import { Flows } from '../../../demo/fabric/flows.ts';

/** Eight ports cabled in pairs, 100 bytes per ms each. */
function flows(capacity = 1): Flows {
  return new Flows(Int32Array.of(1, 0, 3, 2, 5, 4, 7, 6), new Float64Array(8).fill(100), capacity);
}

describe('flows', () => {
  it('grow beyond the room they began with and keep what they held', () => {
    const all = flows();
    const first = all.add([0, 2]);
    all.credit[first] = 7;
    const more = [1, 2, 3, 4].map(() => all.add([4, 6]));
    expect(more).toEqual([1, 2, 3, 4]);
    expect(all.credit[first]).toBe(7);
    expect(all.routeOf(first)).toEqual([0, 2]);
    expect([all.source[4], all.sink[4], all.flowRate[4]]).toEqual([4, 7, 100]);
  });

  it('give a number back with nothing left on it', () => {
    const all = flows();
    const flow = all.add([0, 2]);
    all.injected[flow] = 5;
    all.backlog[0] = 5;
    all.release(flow);
    expect(all.totalBacklog()).toBe(0);
    expect(all.add([4])).toBe(flow);
    expect(all.inFlight(flow)).toBe(0);
    expect(all.count).toBe(1);
  });

  it('carry what waits behind the end of a shorter route to its last queue', () => {
    const all = flows();
    const flow = all.add([0, 2, 4]);
    all.backlog.set([1, 2, 3]);
    all.setRoute(flow, [0, 6]);
    expect([...all.backlog.subarray(0, 3)]).toEqual([1, 5, 0]);
  });

  it('are refused a route without hops or longer than it can hold', () => {
    expect(() => flows().add([0, 1, 2, 3, 4, 5, 6])).toThrow(RangeError);
    expect(() => flows().add([])).toThrow(RangeError);
  });

  it('go their own way as a copy', () => {
    const all = flows();
    all.credit[all.add([0, 2])] = 1;
    const copy = all.clone();
    copy.credit[0] = 2;
    copy.add([4]);
    expect([all.credit[0], all.count]).toEqual([1, 1]);
  });
});
