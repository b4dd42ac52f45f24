import { snmpConfigSchema } from '../../collectors/snmp/config.ts';
import { discover, planOf } from '../../collectors/snmp/device-map.ts';
import { toReading } from '../../collectors/snmp/parse.ts';
import { AnswerBudget } from '../../collectors/snmp/plan/budget.ts';
import { decodeBulk, startProgress } from '../../collectors/snmp/plan/decode.ts';
import { emptyValues, type PollPlan } from '../../collectors/snmp/plan/plan.ts';
import { Poller } from '../../collectors/snmp/plan/poller.ts';
import { CommunitySecurity } from '../../collectors/snmp/wire/community.ts';
import { SnmpSession } from '../../collectors/snmp/wire/session.ts';
import { UserSecurity } from '../../collectors/snmp/wire/user.ts';
import { readVarbinds } from '../../collectors/snmp/wire/value.ts';
import { FabricError } from '../../lib/errors.ts';
import { interfaces, priorityIndexes, system, table } from '../../tests/collectors/snmp/devices.ts';
import { FakeAgent } from '../../tests/collectors/snmp/fake-agent.ts';
import { mutate } from './mutate.ts';
import type { FuzzSubject } from './run.ts';

/** Mutated answers to discovery and polls, through both versions of the protocol to readings. */
export async function snmpSubject(): Promise<FuzzSubject> {
  const { plan, answers } = await corpus();
  const v2c = new CommunitySecurity('public');
  const v3 = new UserSecurity({
    version: 3,
    username: 'u',
    securityLevel: 'authPriv',
    authProtocol: 'SHA256',
    privProtocol: 'AES',
    password: 'password1',
    privPassword: 'password2',
  });
  const values = emptyValues(plan.slots);
  const atMs = new Float64Array(plan.ports.length);
  const read = (bytes: Buffer, group: PollPlan['groups'][number]): boolean => {
    const answer = v2c.unwrap(Buffer.from(bytes));
    readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
    decodeBulk(group, answer.bytes, answer.varbindsStart, answer.varbindsEnd, startProgress(group, 0), values);
    toReading(plan, values, { device: 'leaf1', atMs, clockErrorMs: 0, bootId: null, uptimeMs: null });
    return true;
  };
  return {
    next: (random) => {
      const bytes = mutate(random.pick(answers), random);
      const group = random.pick(plan.groups);
      return {
        describe: () => bytes.toString('hex').slice(0, 400),
        run: () => {
          try {
            v3.unwrap(Buffer.from(bytes));
          } catch (error) {
            if (!(error instanceof FabricError)) throw error;
          }
          return read(bytes, group);
        },
      };
    },
    isWell: () => answers.every((answer) => plan.groups.every((group) => read(answer, group))),
  };
}

/** A device's plan, and its real answers to discovery and a poll. */
async function corpus(): Promise<{ plan: PollPlan; answers: Buffer[] }> {
  const list = Array.from({ length: 12 }, (_, i) => ({ ifIndex: 1 + i * 4096, name: `Ethernet1/${i + 1}` }));
  const indexes = priorityIndexes(list.map(({ ifIndex }) => ifIndex));
  const agent = await FakeAgent.start([
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces(list),
    ...table('1.3.6.1.4.1.9.9.813.1.2.1', [2, 3], indexes, () => 2n ** 63n),
  ]);
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
  try {
    const auth = { version: '2c', community: 'public' };
    const map = await discover(session, snmpConfigSchema.parse({ name: 'leaf1', address: agent.address, auth }));
    const plan = planOf(map, 5000);
    await new Poller(plan, session, new AnswerBudget(8192, 50)).poll();
    return { plan, answers };
  } finally {
    session.close();
    agent.close();
  }
}
