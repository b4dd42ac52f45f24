import { afterEach, describe, expect, it } from 'vitest';
import { snmpConfigSchema } from '../../../collectors/snmp/config.ts';
import { discover, planOf } from '../../../collectors/snmp/device-map.ts';
import { toReading } from '../../../collectors/snmp/parse.ts';
import { AnswerBudget } from '../../../collectors/snmp/plan/budget.ts';
import { decodeBulk, startProgress } from '../../../collectors/snmp/plan/decode.ts';
import { emptyValues } from '../../../collectors/snmp/plan/plan.ts';
import { Poller } from '../../../collectors/snmp/plan/poller.ts';
import { CommunitySecurity } from '../../../collectors/snmp/wire/community.ts';
import { SnmpSession } from '../../../collectors/snmp/wire/session.ts';
import { UserSecurity } from '../../../collectors/snmp/wire/user.ts';
import { readVarbinds } from '../../../collectors/snmp/wire/value.ts';
import { CollectorError, ParseError } from '../../../lib/errors.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent } from './fake-agent.ts';
import { mutate, randomFrom } from './mutate.ts';
import { createSource, Recorder, running } from './recorder.ts';

/** Slowest acceptable handling of one datagram, ms. */
const HANG_MS = 100;
const CASES = 50_000;

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

async function leaf(): Promise<FakeAgent> {
  const list = Array.from({ length: 12 }, (_, i) => ({ ifIndex: 1 + i * 4096, name: `Ethernet1/${i + 1}` }));
  const agent = await FakeAgent.start([
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces(list),
    ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], priorityIndexes(list.map(({ ifIndex }) => ifIndex)), () => 2n ** 63n),
  ]);
  agents.push(agent);
  return agent;
}

/** A device's plan, and real answers to its discovery and polls. */
async function corpus() {
  const agent = await leaf();
  const answers: Buffer[] = [];
  agent.behaviour.spoil = (answer) => {
    answers.push(answer);
    return answer;
  };
  const [host = '', port] = agent.address.split(':');
  const session = new SnmpSession({
    host,
    port: Number(port),
    security: new CommunitySecurity('public'),
    timeoutMs: 2000,
    retries: 1,
    maxInFlight: 4,
  });
  const auth = { version: '2c', community: 'public' };
  const map = await discover(session, snmpConfigSchema.parse({ name: 'leaf1', address: agent.address, auth }));
  const plan = planOf(map, 5000);
  await new Poller(plan, session, new AnswerBudget(8192, 50)).poll();
  session.close();
  return { plan, answers };
}

/** Only errors that name what is wrong may come out. */
function expected(error: unknown): void {
  if (error instanceof ParseError || error instanceof CollectorError) return;
  throw error;
}

describe('broken answers', () => {
  it(`${CASES} of them: no crash, no hang, no error but one that says what is wrong`, async () => {
    const { plan, answers } = await corpus();
    const v2c = new CommunitySecurity('public');
    const user = {
      version: 3,
      username: 'u',
      securityLevel: 'authPriv',
      authProtocol: 'SHA256',
      privProtocol: 'AES',
    } as const;
    const v3 = new UserSecurity({ ...user, password: 'password1', privPassword: 'password2' });
    const random = randomFrom(20_261_122);
    const values = emptyValues(plan.slots);
    const handle = (broken: Buffer, i: number): boolean => {
      let whole = false;
      try {
        const answer = v2c.unwrap(Buffer.from(broken));
        const group = plan.groups[i % plan.groups.length]!;
        readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
        decodeBulk(group, answer.bytes, answer.varbindsStart, answer.varbindsEnd, startProgress(group, 0), values);
        const atMs = new Float64Array(plan.ports.length);
        toReading(plan, values, { device: 'leaf1', atMs, clockErrorMs: 0, bootId: null, uptimeMs: null });
        whole = true;
      } catch (error) {
        expected(error);
      }
      try {
        v3.unwrap(Buffer.from(broken));
      } catch (error) {
        expected(error);
      }
      return whole;
    };
    let read = 0;
    for (let i = 0; i < CASES; i++) {
      const broken = mutate(answers[i % answers.length]!, random);
      let tookMs = HANG_MS;
      // A busy machine may take the processor away from us once; a hang comes again.
      for (let tries = 0; tookMs >= HANG_MS && tries < 3; tries++) {
        const startMs = performance.now();
        const whole = handle(broken, i);
        if (tries === 0 && whole) read++;
        tookMs = performance.now() - startMs;
      }
      if (tookMs >= HANG_MS) throw new Error(`case ${i} took ${tookMs} ms: ${broken.toString('hex')}`);
    }
    // Some mutations leave an answer readable; if none or all did, the mutations would be of no use.
    expect(read).toBeGreaterThan(CASES / 100);
    expect(read).toBeLessThan(CASES / 2);
  });

  it('over the network: the broken device is named, its neighbour keeps going, nothing piles up', async () => {
    const bad = await leaf();
    const good = await leaf();
    const random = randomFrom(7);
    const recorder = new Recorder();
    const broken = createSource(recorder, bad.address, { name: 'bad', timeout: '100ms', retries: 0 });
    const healthy = createSource(recorder, good.address, { name: 'good', timeout: '5s' });
    await running(healthy, () =>
      running(broken, async () => {
        await recorder.until(() => recorder.frames.some(({ device }) => device === 'bad'));
        bad.behaviour.spoil = (answer) => mutate(answer, random);
        const seen = bad.requests.length;
        const before = recorder.frames.filter(({ device }) => device === 'good').length;
        await recorder.until(() => bad.requests.length > seen + 40);
        expect(recorder.frames.filter(({ device }) => device === 'good').length).toBeGreaterThan(before);
      }),
    );
    const told = recorder.healths.filter(({ target, lastError }) => target === 'bad' && lastError !== null);
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]!.lastError!.message).toContain(bad.address);
    expect(recorder.healths.filter(({ target, lastError }) => target === 'good' && lastError !== null)).toEqual([]);
  });
});
