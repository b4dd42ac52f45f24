import { describe, expect, it } from 'vitest';
import { getPdu } from '../../../../collectors/snmp/wire/message.ts';
import { type Queued, RequestQueue } from '../../../../collectors/snmp/wire/request-queue.ts';

const request = (): Queued => ({ pdu: getPdu([]), handler: { answered: () => {}, failed: () => {} } });

describe('requests that wait', () => {
  it('go in turn, the patient ones when nothing urgent waits', () => {
    const queue = new RequestQueue();
    const [patient, first, second, third] = [request(), request(), request(), request()];
    queue.add(patient, 'patient');
    queue.add(first, 'urgent');
    queue.add(second, 'urgent');
    expect(queue.next()).toBe(first);
    expect(queue.next()).toBe(second);
    queue.add(third, 'urgent');
    expect(queue.next()).toBe(third);
    expect(queue.isEmpty).toBe(false);
    expect(queue.next()).toBe(patient);
    expect(queue.isEmpty).toBe(true);
    expect(queue.next()).toBeUndefined();
  });

  it('are given up without those that were sent; the urgent ones alone, or all', () => {
    const queue = new RequestQueue();
    const [sent, urgent, patient] = [request(), request(), request()];
    for (const one of [sent, urgent]) queue.add(one, 'urgent');
    queue.add(patient, 'patient');
    queue.next();
    expect(queue.takeUrgent()).toEqual([urgent]);
    queue.add(urgent, 'urgent');
    expect(queue.takeAll()).toEqual([urgent, patient]);
    expect(queue.isEmpty).toBe(true);
  });
});
