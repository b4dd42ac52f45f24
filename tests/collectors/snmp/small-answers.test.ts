import { afterEach, describe, expect, it } from 'vitest';
import { MAX_COLUMNS } from '../../../collectors/snmp/plan/columns.ts';
import { TAG } from '../../../collectors/snmp/wire/ber.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { type Behaviour, FakeAgent, type FakeObject } from './fake-agent.ts';
import { counterOf, createSource, Recorder, running } from './recorder.ts';

const PORTS = 6;
const CUMULUS_PFC = '1.3.6.1.4.1.40310.2.2.3.1';
/** Rows that do not fit: 16 columns of one port, each with a long index. */
const FIRST_INDEX = 436_207_616;

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

function cumulus(): FakeObject[] {
  const list = Array.from({ length: PORTS }, (_, i) => ({ ifIndex: FIRST_INDEX + i, name: `swp${i + 1}` }));
  const indexes = list.map(({ ifIndex }) => String(ifIndex));
  const pfc = Array.from({ length: 16 }, (_, i) => 4 + i);
  return [
    ...system('leaf1', '1.3.6.1.4.1.40310', `Cumulus Linux 5.9.2 ${'with a long description '.repeat(4)}`),
    ...interfaces(list),
    ...table(CUMULUS_PFC, pfc, indexes, (column, index) => 2n ** 63n + BigInt(column * 100) + BigInt(Number(index))),
  ];
}

async function start(behaviour: Partial<Behaviour>, settings: Record<string, unknown> = {}) {
  const agent = await FakeAgent.start(cumulus());
  agents.push(agent);
  Object.assign(agent.behaviour, behaviour);
  const recorder = new Recorder();
  return { agent, recorder, source: createSource(recorder, agent.address, settings) };
}

describe('an agent whose answers hold less than a row', () => {
  it.each([
    ['cut', 320],
    ['refuse', 320],
    ['cut', 200],
    ['refuse', 200],
  ] as const)('that would %s what is over %i bytes gives every counter', async (overflow, maxBytes) => {
    const { agent, recorder, source } = await start({ overflow, maxBytes });
    await running(source, () => recorder.until(() => recorder.frames.length > 1 && recorder.healths.length > 0));
    const [frame] = recorder.frames;
    for (let i = 0; i < PORTS; i++) {
      const port = `swp${i + 1}`;
      expect(counterOf(frame!, 'rxBytes', port)).toBe(1000n);
      expect(counterOf(frame!, 'rxPauseFrames', port, 7)).toBe(2n ** 63n + 1800n + BigInt(FIRST_INDEX + i));
      expect(counterOf(frame!, 'txPauseFrames', port, 0)).toBe(2n ** 63n + 500n + BigInt(FIRST_INDEX + i));
      expect(frame!.linkUp[i]).toBe(1);
    }
    const health = recorder.healths.at(-1)!;
    expect(health.state).toBe('ok');
    const [told] = health.refused.filter((text) => text.startsWith('answers hold only'));
    const columns = Number(/only (\d+) of/.exec(told ?? '')?.[1]);
    expect(columns).toBeGreaterThan(0);
    expect(columns).toBeLessThan(MAX_COLUMNS);
    // Once learnt, nothing is asked that cannot be answered.
    const last = agent.requests.slice(-3);
    expect(Math.max(...last.map(({ oids }) => oids.length))).toBeLessThanOrEqual(Math.max(columns, 4));
  });

  it('is asked in its measure at once after a restart of the collector', async () => {
    const { agent, recorder, source } = await start({ overflow: 'refuse', maxBytes: 300 });
    await running(source, () => recorder.until(() => recorder.frames.length > 0));
    const seen = agent.requests.length;
    const frames = recorder.frames.length;
    await running(createSource(recorder, agent.address, { interval: '400ms' }), () =>
      recorder.until(() => recorder.frames.length > frames),
    );
    const bulk = agent.requests.slice(seen).filter(({ maxRepetitions }) => maxRepetitions > 0);
    expect(Math.max(...bulk.map(({ oids }) => oids.length))).toBeLessThan(MAX_COLUMNS);
  });

  it('is told when not even one value fits', async () => {
    const { agent, recorder, source } = await start({});
    await running(source, async () => {
      await recorder.until(() => recorder.frames.length > 0);
      agent.behaviour.spoil = (answer, { type, oids }) =>
        type === TAG.getBulk && counters(oids) ? tooBig(answer) : answer;
      await recorder.until(() => recorder.healths.some(({ lastError }) => lastError !== null));
    });
    // The other tables are read all the same.
    expect(counterOf(recorder.frames.at(-1)!, 'rxBytes', 'swp1')).toBe(1000n);
    expect(counterOf(recorder.frames.at(-1)!, 'rxPauseFrames', 'swp1', 3)).toBeUndefined();
    expect(recorder.healths.at(-1)!.lastError!.message).toMatch(/one value of .* is too big for its answers/);
  });

  it('with the rows of its answers asks no more than the agent gives', async () => {
    const rows = 60;
    const list = Array.from({ length: rows }, (_, i) => ({ ifIndex: i + 1, name: `Ethernet1/${i + 1}` }));
    const objects = [
      ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
      ...interfaces(list),
      ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 1n),
    ];
    const agent = await FakeAgent.start(objects);
    agents.push(agent);
    agent.behaviour.maxBytes = 700;
    const recorder = new Recorder();
    await running(createSource(recorder, agent.address), () => recorder.until(() => recorder.frames.length > 5));
    // The rows asked for settle at what an answer holds; asking for more would be answered in part, every time.
    const asked = agent.requests.slice(-40).filter(({ maxRepetitions }) => maxRepetitions > 0);
    for (const { oids, maxRepetitions } of asked) expect(oids.length * maxRepetitions).toBeLessThanOrEqual(40);
  });
});

/** Whether a request asks for PFC counters. */
function counters(oids: readonly number[][]): boolean {
  return oids.some((oid) => oid.join('.').startsWith(CUMULUS_PFC));
}

/** The same answer with error-status tooBig: the INTEGER behind the request id. */
function tooBig(answer: Buffer): Buffer {
  const copy = Buffer.from(answer);
  const at = copy.indexOf('public') + 'public'.length;
  const id = copy.indexOf(Buffer.from([2, 4]), at);
  copy[id + 8] = 1;
  return copy;
}
