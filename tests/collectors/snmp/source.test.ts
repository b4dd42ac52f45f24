import { afterEach, describe, expect, it } from 'vitest';
import { createNormaliser } from '../../../lib/counters/index.ts';
import { column } from '../../../lib/samples/frame.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent, type FakeObject, object } from './fake-agent.ts';
import { counterOf, createSource, Recorder, running } from './recorder.ts';

const CISCO_PFC = '1.3.6.1.4.1.9.9.813.1.2.1';
const IF_X = '1.3.6.1.2.1.31.1.1.1';
const UPTIME = '1.3.6.1.2.1.1.3.0';

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

async function agentWith(objects: FakeObject[]): Promise<FakeAgent> {
  const agent = await FakeAgent.start(objects);
  agents.push(agent);
  return agent;
}

function nexus(ports: number, upTicks?: number): FakeObject[] {
  const list = Array.from({ length: ports }, (_, i) => ({
    ifIndex: 436_207_616 + i * 4096,
    name: `Ethernet1/${i + 1}`,
    rxBytes: 2n ** 53n + BigInt(i),
  }));
  return [
    ...system('leaf1.dc1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm) nxos.10.5', upTicks),
    ...interfaces(list),
    ...table(
      CISCO_PFC,
      [2, 3],
      priorityIndexes(list.map(({ ifIndex }) => ifIndex)),
      (column, index) => BigInt(column) * 2n ** 60n + BigInt(index.split('.')[1] ?? 0),
    ),
  ];
}

describe('a device over SNMP', () => {
  it('gives exact 64-bit counters, priorities and port totals in one reading', async () => {
    const agent = await agentWith(nexus(40));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), () => recorder.until(() => recorder.frames.length > 0));
    const [frame] = recorder.frames;
    expect(frame!.ports).toHaveLength(40);
    expect(counterOf(frame!, 'rxBytes', 'Ethernet1/8')).toBe(2n ** 53n + 7n);
    expect(counterOf(frame!, 'rxPackets', 'Ethernet1/8')).toBe(60n);
    expect(counterOf(frame!, 'txPackets', 'Ethernet1/8')).toBe(6n);
    expect(counterOf(frame!, 'rxPauseFrames', 'Ethernet1/8', 3)).toBe(3n * 2n ** 60n + 3n);
    expect(counterOf(frame!, 'txPauseFrames', 'Ethernet1/8', 5)).toBe(2n ** 61n + 5n);
    // The port's total is the sum of its priorities, modulo 2^64 like any counter.
    expect(counterOf(frame!, 'txPauseFrames', 'Ethernet1/8')).toBe(BigInt.asUintN(64, 8n * 2n ** 61n + 28n));
    expect(frame!.bootId).toBe('7');
    expect(frame!.uptimeMs).toBe(1_000_000);
    expect(frame!.discontinuityMs![7]).toBe(5000);
    expect(frame!.linkRateBitsPerSec[7]).toBe(400e9);
    expect(frame!.linkUp[7]).toBe(1);
    expect(frame!.counters.find(({ counter }) => counter === 'drops')!.widthBits).toBe(32);
  });

  it('reads the same through an agent that cuts its answers short', async () => {
    const agent = await agentWith(nexus(40));
    agent.behaviour.maxBytes = 484;
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), () => recorder.until(() => recorder.frames.length > 0));
    for (let i = 0; i < 40; i++) {
      expect(counterOf(recorder.frames[0]!, 'rxBytes', `Ethernet1/${i + 1}`)).toBe(2n ** 53n + BigInt(i));
      expect(counterOf(recorder.frames[0]!, 'rxPauseFrames', `Ethernet1/${i + 1}`, 7)).toBe(3n * 2n ** 60n + 7n);
    }
    expect(recorder.healths.at(-1)!.lastError).toBeNull();
  });

  it('gives nothing under old names when the device has restarted with other indexes', async () => {
    const agent = await agentWith(nexus(4));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 0);
      const renumbered = Array.from({ length: 4 }, (_, i) => ({
        ifIndex: 436_207_616 + (3 - i) * 4096,
        name: `Ethernet1/${i + 1}`,
        rxBytes: BigInt(i),
      }));
      agent.load([...system('leaf1.dc1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'NX-OS', 50), ...interfaces(renumbered)]);
      await recorder.until(() => recorder.frames.some((frame) => frame.uptimeMs === 500));
    });
    for (const frame of recorder.frames.filter(({ uptimeMs }) => uptimeMs === 500)) {
      for (let i = 0; i < 4; i++) expect(counterOf(frame, 'rxBytes', `Ethernet1/${i + 1}`)).toBe(BigInt(i));
    }
  });

  it('leaves a missing counter out of the reading instead of calling it zero', async () => {
    const agent = await agentWith(nexus(4));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 0);
      agent.remove(`${IF_X}.10.${436_207_616 + 4096}`);
      const seen = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > seen + 1);
    });
    const last = recorder.frames.at(-1)!;
    expect(counterOf(last, 'txBytes', 'Ethernet1/2')).toBeUndefined();
    expect(counterOf(last, 'txBytes', 'Ethernet1/3')).toBe(2000n);
    expect(counterOf(last, 'rxBytes', 'Ethernet1/2')).toBe(2n ** 53n + 1n);
  });

  it('finds a port that appears while it runs', async () => {
    const agent = await agentWith(nexus(4));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 0);
      agent.load([...nexus(5), object('1.3.6.1.2.1.31.1.5.0', '67', '99')]);
      // Discovery right after discovery would be held back; a restarted source finds the port as well.
      agent.set(object('1.3.6.1.6.3.10.2.1.2.0', '2', '8'));
      await recorder.until(() => recorder.frames.at(-1)!.ports.length === 5);
    });
    expect(recorder.frames.at(-1)!.ports).toContain('Ethernet1/5');
  });

  it('starts from its saved row map without walking the device again', async () => {
    const agent = await agentWith(nexus(4));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), () => recorder.until(() => recorder.frames.length > 0));
    const asked = agent.requests.length;
    const names = (from: number): number =>
      agent.requests.slice(from).filter(({ oids }) => oids.some((oid) => oid.join('.').startsWith(`${IF_X}.18`)))
        .length;
    expect(names(0)).toBeGreaterThan(0);
    const first = recorder.frames.length;
    await running(createSource(recorder, agent.address, { interval: '400ms' }), () =>
      recorder.until(() => recorder.frames.length > first),
    );
    expect(names(asked)).toBe(0);
    expect(counterOf(recorder.frames.at(-1)!, 'rxBytes', 'Ethernet1/2')).toBe(2n ** 53n + 1n);
  });

  it('refuses 32-bit octets of a fast port and uses those of a slow one', async () => {
    const agent = await agentWith([
      ...system('old', '1.3.6.1.4.1.99999.1', 'old switch'),
      ...interfaces([
        { ifIndex: 1, name: 'fast', speedMbps: 400_000, rxBytes: null },
        { ifIndex: 2, name: 'slow', speedMbps: 10, rxBytes: null },
      ]),
      ...table('1.3.6.1.2.1.2.2.1', [11, 12, 17, 18], ['1', '2'], (column) => 2 ** 32 - column, '65'),
    ]);
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address, { interval: '200ms' }), () =>
      recorder.until(() => recorder.frames.length > 0),
    );
    expect(counterOf(recorder.frames[0]!, 'rxBytes', 'fast')).toBeUndefined();
    expect(counterOf(recorder.frames[0]!, 'rxBytes', 'slow')).toBe(1000n);
    // Packets are few enough, and their sum is modulo 2^32 like its parts.
    expect(counterOf(recorder.frames[0]!, 'rxPackets', 'fast')).toBe(2n ** 32n - 23n);
    expect(counterOf(recorder.frames[0]!, 'txPackets', 'slow')).toBe(2n ** 32n - 35n);
    expect(recorder.frames[0]!.counters.find(({ counter }) => counter === 'rxPackets')!.widthBits).toBe(32);
    expect(recorder.healths.at(-1)!.refused).toContain('ifInOctets: 32-bit, and the port does not say its speed');
  });

  it.each([
    ['a wrong request id', (answer: Buffer) => flip(answer, 0x40)],
    ['a silent agent', () => null],
    ['bytes that are no BER', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an answer cut short', (answer: Buffer) => answer.subarray(0, answer.length - 9)],
  ])('survives %s and goes on when the agent is well again', async (_, spoil) => {
    const agent = await agentWith(nexus(4));
    const recorder = new Recorder();
    const settings = { timeout: '60ms', retries: 0 };
    await running(createSource(recorder, agent.address, settings), async () => {
      await recorder.until(() => recorder.frames.length > 0);
      agent.behaviour.spoil = (answer) => spoil(answer);
      await recorder.until(() => recorder.healths.at(-1)!.state === 'down');
      agent.behaviour.spoil = (answer) => answer;
      const before = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > before);
    });
    const failed = recorder.healths.find(({ lastError }) => lastError !== null)!;
    expect(failed.lastError!.message).toContain(agent.address);
    expect(failed.lastError!.message).not.toContain('public');
  });

  it('tells a slow agent from one that does not answer this community', async () => {
    const agent = await agentWith(nexus(4));
    agent.behaviour.delayMs = 150;
    const recorder = new Recorder();
    const said = (): string => recorder.healths.at(-1)?.lastError?.message ?? '';
    await running(createSource(recorder, agent.address, { timeout: '60ms', retries: 1 }), () =>
      recorder.until(() => said().includes('timeout')),
    );
    expect(said()).toMatch(/no answer within 60 ms .*: answers come after \d+ ms, so raise timeout of the target/);
  });

  it('names an agent whose tables go in circles', async () => {
    const agent = await agentWith(nexus(4));
    const discovering = `${IF_X}.18`;
    agent.behaviour.spoil = (answer, request) =>
      request.oids.some((oid) => oid.join('.').startsWith(discovering)) ? circle(answer) : answer;
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), () =>
      recorder.until(() => recorder.healths.some(({ lastError }) => lastError?.message.includes('must grow') === true)),
    );
    expect(recorder.frames).toHaveLength(0);
  });

  it('gives no rate over a discontinuity of one port, and the others all the same', async () => {
    const agent = await agentWith(nexus(2));
    const recorder = new Recorder();
    const normaliser = createNormaliser();
    const second = 436_207_616 + 4096;
    const rates = (): number[] => {
      const { frames } = normaliser.advance(recorder.frames.at(-1)!);
      const [values] = frames.flatMap((frame) => column(frame, 'rxBytesPerSec') ?? []);
      return [...(values ?? [])];
    };
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length === 1);
      rates();
      for (const ifIndex of [436_207_616, second])
        agent.set(object(`${IF_X}.6.${ifIndex}`, '70', String(2n ** 53n + 5000n)));
      agent.set(object(`${IF_X}.19.${second}`, '67', '777'));
      agent.set(object(UPTIME, '67', '100100'));
      await recorder.until(() => recorder.frames.at(-1)!.discontinuityMs![1] === 7770);
    });
    const [first, other] = rates();
    expect(first).toBeGreaterThan(0);
    expect(other).toBeNaN();
  });

  it('tells a wrapped uptime from a restart', async () => {
    const agent = await agentWith(nexus(2, 2 ** 32 - 1));
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 0);
      agent.set(object(UPTIME, '67', '5'));
      await recorder.until(() => recorder.frames.at(-1)!.uptimeMs! > 2 ** 32 * 10);
    });
    expect(recorder.frames.at(-1)!.uptimeMs).toBe((2 ** 32 + 5) * 10);
  });
});

/** Changes the first octet of the request id (the second INTEGER of the message after the community). */
function flip(answer: Buffer, bit: number): Buffer {
  const copy = Buffer.from(answer);
  const at = copy.indexOf(Buffer.from('public')) + 'public'.length;
  const id = copy.indexOf(Buffer.from([2, 4]), at) + 2;
  copy[id] = (copy[id] ?? 0) ^ bit ^ 1;
  return copy;
}

/** Makes every variable name the same, so that a walk would never end. */
function circle(answer: Buffer): Buffer {
  const copy = Buffer.from(answer);
  const name = Buffer.from([0x2b, 6, 1, 2, 1, 0x1f, 1, 1, 1, 1]);
  const first = copy.indexOf(name);
  const length = copy[first - 1] ?? 0;
  for (let at = copy.indexOf(name, first + 1); at > 0; at = copy.indexOf(name, at + 1)) {
    if (copy[at - 1] === length) copy.copy(copy, at, first, first + length);
  }
  return copy;
}
