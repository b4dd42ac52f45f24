import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getPdu } from '../../../../collectors/snmp/wire/message.ts';
import { encodeOid, parseOid } from '../../../../collectors/snmp/wire/oid.ts';
import { SnmpSession } from '../../../../collectors/snmp/wire/session.ts';
import { UserSecurity } from '../../../../collectors/snmp/wire/user.ts';
import { authProfile } from '../../../../lib/config/auths.ts';
import { FakeEngine, type SeenRequest, type V3Profile } from './fake-engine.ts';

const NOT_IN_TIME = 2;
const UNKNOWN_ENGINE = 4;
const AUTHENTICATED = 1;

/** An SNMPv3 agent on loopback: refuses what is not of its engine, boots and time, as agents do. */
class Agent {
  readonly engine: FakeEngine;
  readonly seen: SeenRequest[] = [];
  readonly sent: Buffer[] = [];
  /** What goes out for a request, after discovery. */
  answers: (request: SeenRequest) => Buffer[] = (request) => [this.engine.answer({ messageId: request.messageId })];

  private constructor(
    readonly socket: Socket,
    profile: V3Profile,
  ) {
    this.engine = new FakeEngine(profile);
    socket.on('message', (datagram, from) => {
      const request = this.engine.read(datagram);
      this.seen.push(request);
      for (const answer of this.answersTo(request)) {
        this.sent.push(answer);
        socket.send(answer, from.port, from.address);
      }
    });
  }

  static async start(profile: V3Profile): Promise<Agent> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new Agent(socket, profile);
  }

  private answersTo(request: SeenRequest): Buffer[] {
    const { messageId } = request;
    if (request.engineId.length === 0) return [this.engine.answer({ messageId, flags: 0, report: UNKNOWN_ENGINE })];
    if (request.boots !== this.engine.boots)
      return [this.engine.answer({ messageId, flags: AUTHENTICATED, report: NOT_IN_TIME })];
    return this.answers(request);
  }
}

describe('a session with an SNMPv3 agent', () => {
  let agent: Agent;
  let session: SnmpSession;
  const ask = () => session.request(getPdu([encodeOid(parseOid('1.3.6.1.2.1.1.3.0'))]));

  beforeEach(async () => {
    const parts = { version: 3, username: 'monitor', password: 'auth-password', privPassword: 'priv-password' };
    const profile = authProfile.parse(parts) as V3Profile;
    agent = await Agent.start(profile);
    const { port } = agent.socket.address();
    const security = new UserSecurity(profile);
    session = new SnmpSession({ host: '127.0.0.1', port, security, timeoutMs: 2000, retries: 1, maxInFlight: 4 });
  });
  afterEach(() => {
    session.close();
    agent.socket.close();
  });

  it('goes on when the agent restarts in between: the request is asked again under its new boots', async () => {
    await ask();
    expect(session.engineBoots).toBe(5);
    agent.engine.boots = 6;
    agent.engine.timeS = 2;
    await ask();
    expect(session.engineBoots).toBe(6);
    // Refused once under the old boots, then understood; no timeout was needed for it.
    expect(agent.seen.map(({ boots }) => boots)).toEqual([0, 5, 5, 6]);
    expect(session.counts).toMatchObject({ timeouts: 0, malformed: 0 });
  });

  it('takes no answer twice, neither replayed at once nor in the place of the next', async () => {
    agent.answers = ({ messageId }) => {
      const answer = agent.engine.answer({ messageId });
      return [answer, answer, answer];
    };
    await ask();
    const replayed = agent.sent.at(-1)!;
    agent.answers = ({ messageId }) => [replayed, agent.engine.answer({ messageId }), replayed];
    const { requestId } = await ask();
    expect(requestId).toBe(agent.seen.at(-1)!.messageId);
    await ask();
    expect(session.counts.unexpected).toBeGreaterThanOrEqual(3);
    expect(session.counts.timeouts).toBe(0);
  });

  it('refuses answers of before a restart that are sent again after it', async () => {
    await ask();
    const old = agent.sent.at(-1)!;
    agent.engine.boots = 6;
    await ask();
    agent.answers = ({ messageId }) => [old, agent.engine.answer({ messageId })];
    await ask();
    expect(session.engineBoots).toBe(6);
  });

  it('asks an agent that only sends reports no more than a few times, and says so', async () => {
    await ask();
    const before = agent.seen.length;
    agent.answers = ({ messageId }) => {
      const report = agent.engine.answer({ messageId, flags: AUTHENTICATED, report: NOT_IN_TIME });
      return Array.from({ length: 50 }, () => report);
    };
    await expect(ask()).rejects.toThrow(/keeps refusing our engine time/);
    expect(agent.seen.length - before).toBeLessThanOrEqual(4);
    expect(session.counts.timeouts).toBe(0);
  });

  it('is not held up by a storm of reports that nobody asked for', async () => {
    await ask();
    agent.answers = ({ messageId }) => {
      const storm = agent.engine.answer({ messageId: messageId - 64, flags: 0, report: NOT_IN_TIME });
      return [...Array.from({ length: 200 }, () => storm), agent.engine.answer({ messageId })];
    };
    for (let i = 0; i < 5; i++) await ask();
    expect(session.counts.unexpected).toBeGreaterThan(500);
    expect(agent.seen).toHaveLength(7);
  });
});
