import { afterEach, expect, it } from 'vitest';
import { trapSubscribers } from '../../../../collectors/snmp/traps/subscribers.ts';
import { interfaces, system } from '../devices.ts';
import { FakeAgent, object } from '../fake-agent.ts';
import { createSource, Recorder, running } from '../recorder.ts';

const trap = { name: 'linkDown', ifIndex: 1, atMs: 0 };
const OPER_STATUS = '1.3.6.1.2.1.2.2.1.8';

let agent: FakeAgent;
afterEach(() => agent.close());

const device = (ports: number) => [
  ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm) nxos.10.5'),
  ...interfaces(Array.from({ length: ports }, (_, i) => ({ ifIndex: i + 1, name: `Ethernet1/${i + 1}`, rxBytes: 1n }))),
];
/** The trap arrives once the source listens. */
async function trapped(): Promise<void> {
  while (trapSubscribers.from('127.0.0.1').length === 0) await new Promise((resolve) => setImmediate(resolve));
  trapSubscribers.from('127.0.0.1')[0]!.take(trap);
}

it('a trap has the device polled and discovered before the next beat, and not while the source is stopped', async () => {
  agent = await FakeAgent.start(device(2));
  const recorder = new Recorder();
  // The beat is an hour: what is read here was asked for by a trap.
  await running(createSource(recorder, agent.address, { interval: '1h' }), async () => {
    await trapped();
    await recorder.until(() => recorder.frames.length === 1);
    expect(recorder.frames[0]!.ports).toEqual(['Ethernet1/1', 'Ethernet1/2']);
    expect(recorder.frames[0]!.linkUp[0]).toBe(1);
    agent.set(object(`${OPER_STATUS}.1`, '2', '2'));
    await trapped();
    await recorder.until(() => recorder.frames.length === 2);
    expect(recorder.frames[1]!.linkUp[0]).toBe(0);
    expect(recorder.frames[1]!.linkUp[1]).toBe(1);
  });
  expect(trapSubscribers.from('127.0.0.1')).toEqual([]);
});

it('discovery is made again for a trap long before its time', async () => {
  agent = await FakeAgent.start(device(2));
  const recorder = new Recorder();
  await running(createSource(recorder, agent.address), async () => {
    await recorder.until(() => recorder.frames.length > 0);
    agent.load(device(3));
    await trapped();
    await recorder.until(() => recorder.frames.at(-1)!.ports.length === 3);
  });
});
