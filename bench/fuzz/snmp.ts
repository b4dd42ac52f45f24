import { snmpConfigSchema } from '../../collectors/snmp/config.ts';
import { discover, planOf } from '../../collectors/snmp/device-map.ts';
import { toReading } from '../../collectors/snmp/parse.ts';
import { AnswerBudget } from '../../collectors/snmp/plan/budget.ts';
import { decodeBulk, startProgress } from '../../collectors/snmp/plan/decode.ts';
import { emptyValues, type PollPlan } from '../../collectors/snmp/plan/plan.ts';
import { Poller } from '../../collectors/snmp/plan/poller.ts';
import { BerReader, TAG } from '../../collectors/snmp/wire/ber.ts';
import { CommunitySecurity } from '../../collectors/snmp/wire/community.ts';
import { SnmpSession } from '../../collectors/snmp/wire/session.ts';
import { UserSecurity } from '../../collectors/snmp/wire/user.ts';
import { readVarbinds } from '../../collectors/snmp/wire/value.ts';
import { FabricError } from '../../lib/errors.ts';
import { interfaces, priorityIndexes, system, table } from '../../tests/collectors/snmp/devices.ts';
import { FakeAgent } from '../../tests/collectors/snmp/fake-agent.ts';
import { FakeEngine } from '../../tests/collectors/snmp/wire/fake-engine.ts';
import { mutate } from './mutate.ts';
import type { FuzzSubject } from './run.ts';

/** Mutated answers to discovery and polls, through both versions of the protocol to readings. */
export async function snmpSubject(): Promise<FuzzSubject> {
  const { plan, answers } = await corpus();
  const v2c = new CommunitySecurity('public');
  const users = LEVELS.map((securityLevel) => new KnownUser(securityLevel));
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
      const original = random.pick(answers);
      const bytes = mutate(original, random);
      const group = random.pick(plan.groups);
      const user = random.pick(users);
      // A datagram that was changed on its way, and one of an agent that knows the key and means no good.
      const protectedBytes =
        random.below(2) === 0 ? mutate(user.answer(pduOf(original)), random) : user.answer(pduOf(bytes));
      return {
        describe: () => bytes.toString('hex').slice(0, 400),
        run: () => {
          try {
            user.read(protectedBytes);
          } catch (error) {
            if (!(error instanceof FabricError)) throw error;
          }
          return read(bytes, group);
        },
      };
    },
    isWell: () =>
      answers.every((answer) => plan.groups.every((group) => read(answer, group))) &&
      users.every((user) => user.read(user.answer(pduOf(answers[0] as Buffer)))),
  };
}

const LEVELS = ['authPriv', 'authNoPriv', 'noAuthNoPriv'] as const;
const FLAGS = { authPriv: 3, authNoPriv: 1, noAuthNoPriv: 0 } as const;
const MESSAGE_ID = 0x4000_0001;
/** usmStatsUnknownEngineIDs */
const UNKNOWN_ENGINE = 4;

/** A user of SNMPv3 whose engine is known, and that engine. */
class KnownUser {
  private readonly engine: FakeEngine;
  private readonly security: UserSecurity;

  constructor(private readonly level: (typeof LEVELS)[number]) {
    const profile = {
      version: 3,
      username: 'u',
      securityLevel: level,
      authProtocol: 'SHA256',
      privProtocol: 'AES',
      password: 'password1',
      privPassword: 'password2',
    } as const;
    this.engine = new FakeEngine(profile);
    this.security = new UserSecurity(profile);
    this.security.unwrap(this.engine.answer({ messageId: MESSAGE_ID, flags: 0, report: UNKNOWN_ENGINE }));
  }

  /** A PDU in a message as protected as this user wants it. */
  answer(pdu: Buffer): Buffer {
    return this.engine.answer({ messageId: MESSAGE_ID, flags: FLAGS[this.level], pdu });
  }

  read(datagram: Buffer): boolean {
    const answer = this.security.unwrap(Buffer.from(datagram));
    readVarbinds(answer.bytes, answer.varbindsStart, answer.varbindsEnd);
    return true;
  }
}

/** The PDU of a v2c answer under the message's own id; what is no such answer, as it is. */
function pduOf(answer: Buffer): Buffer {
  try {
    const reader = new BerReader(Buffer.from(answer));
    reader.enter(TAG.sequence, 'message');
    reader.integer('version');
    reader.skip(TAG.octetString, 'community');
    const pdu = reader.bytes.subarray(reader.at);
    // Tag and length of the PDU, then those of a request id of four octets.
    const at = pdu.indexOf(Buffer.from([TAG.integer, 4]));
    if (at >= 0 && at + 6 <= pdu.length) pdu.writeInt32BE(MESSAGE_ID, at + 2);
    return pdu;
  } catch {
    return answer;
  }
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
