import { createSocket } from 'node:dgram';
import snmp from 'net-snmp';
import { afterEach, describe, expect, it } from 'vitest';
import { TotalCounters } from '../../../demo/fabric/totals.ts';
import { SnmpAgent } from '../../../demo/snmp/agent.ts';
import { engineOf, nexusView } from '../../../demo/snmp/nexus.ts';
import { UsmAccess, type UsmUser } from '../../../demo/snmp/usm.ts';
import { freshFabric } from '../fabric/small-cluster.ts';

const AES128: UsmUser = {
  name: 'demo',
  authProtocol: 'sha256',
  password: 'password-one',
  privProtocol: 'aes-128-cfb',
  privPassword: 'password-two',
};
const AES256: UsmUser = { ...AES128, authProtocol: 'sha512', privProtocol: 'aes-256-cfb' };
const SYS_NAME = '1.3.6.1.2.1.1.5.0';
const ENGINE_BOOTS = '1.3.6.1.6.3.10.2.1.2.0';

const open: { stop(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

/** An agent whose clock the test sets. */
async function startAgent(user: UsmUser, boots = 7) {
  const { fabric, cluster } = freshFabric();
  const clock = { uptimeMs: 5000 };
  const engine = engineOf('leaf0', boots, () => clock.uptimeMs);
  const view = nexusView({
    network: fabric.network,
    totals: new TotalCounters(fabric.network, () => 2n ** 53n + 1n),
    device: cluster.topology.leaves[0]!,
    uptimeMs: () => clock.uptimeMs,
    engine,
  });
  const access = new UsmAccess(engine, user);
  const agent = new SnmpAgent({ access, view });
  const port = await agent.start();
  open.push(agent);
  return { agent, port, clock };
}

/** npm's net-snmp as the manager. */
function session(port: number, user: UsmUser, level = snmp.SecurityLevel.authPriv): snmp.Session {
  const manager = snmp.createV3Session(
    '127.0.0.1',
    {
      name: user.name,
      level,
      authProtocol: snmp.AuthProtocols[user.authProtocol],
      authKey: user.password,
      privProtocol: snmp.PrivProtocols[user.privProtocol === 'aes-128-cfb' ? 'aes' : 'aes256b'],
      privKey: user.privPassword,
    } as snmp.User,
    { port, version: snmp.Version3, retries: 0, timeout: 1000 } as object,
  );
  open.push({ stop: () => void manager.close() });
  return manager;
}

function get(manager: snmp.Session, oids: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    manager.get(oids, (error: Error | null, varbinds: unknown) =>
      error ? reject(error) : resolve((varbinds as { value: unknown }[]).map(({ value }) => String(value))),
    );
  });
}

/** Datagrams as a manager sends them, in order. */
async function recorded(
  user: UsmUser,
): Promise<{ agent: SnmpAgent; datagrams: Buffer[]; clock: { uptimeMs: number } }> {
  const { agent, clock } = await startAgent(user);
  const datagrams: Buffer[] = [];
  const relay = createSocket('udp4');
  open.push({ stop: () => new Promise<void>((resolve) => relay.close(() => resolve())) });
  relay.on('message', (datagram, peer) => {
    datagrams.push(Buffer.from(datagram));
    const answer = agent.answer(datagram);
    if (answer) relay.send(answer, peer.port, peer.address);
  });
  await new Promise<void>((resolve) => relay.bind(0, '127.0.0.1', resolve));
  await get(session(relay.address().port, user), [SYS_NAME]);
  return { agent, datagrams, clock };
}

/** The object a report counts, as its last two sub-identifiers. */
function reported(answer: Buffer | undefined): string | undefined {
  const usmStats = Buffer.from([6, 1, 6, 3, 15, 1, 1]);
  const at = answer?.indexOf(usmStats) ?? -1;
  return at < 0 ? undefined : `${answer![at + usmStats.length]}.${answer![at + usmStats.length + 1]}`;
}
const NOT_IN_TIME = '2.0';
const UNKNOWN_USER = '3.0';
const UNKNOWN_ENGINE = '4.0';
const WRONG_DIGEST = '5.0';

describe('a demo switch over SNMPv3', () => {
  it.each([
    ['SHA-256 and AES-128', AES128],
    ['SHA-512 and AES-256', AES256],
  ])('answers its user with %s', async (_, user) => {
    const { port } = await startAgent(user);
    const manager = session(port, user);
    expect(await get(manager, [SYS_NAME, ENGINE_BOOTS])).toEqual(['leaf0', '7']);
    expect(await get(manager, [SYS_NAME])).toEqual(['leaf0']);
  });

  it.each([
    ['password', { ...AES128, password: 'another-one' }],
    ['privacy password', { ...AES128, privPassword: 'another-one' }],
    ['user', { ...AES128, name: 'nobody' }],
    ['digest', { ...AES128, authProtocol: 'sha512' as const }],
  ])('tells who has a wrong %s, and answers nothing', async (_, user) => {
    const { agent, port } = await startAgent(AES128);
    await expect(get(session(port, user), [SYS_NAME])).rejects.not.toThrow(/timed out/);
    expect(agent.requests).toBe(0);
  });

  it('answers nobody who does not encrypt', async () => {
    const { agent, port } = await startAgent(AES128);
    for (const level of [snmp.SecurityLevel.authNoPriv, snmp.SecurityLevel.noAuthNoPriv]) {
      await expect(get(session(port, AES128, level), [SYS_NAME])).rejects.toThrow();
    }
    expect(agent.requests).toBe(0);
  });

  it('tells its engine to who does not know it, and takes what follows', async () => {
    const { agent, datagrams } = await recorded(AES128);
    expect(reported(agent.answer(datagrams[0]!))).toBe(UNKNOWN_ENGINE);
    const last = agent.answer(datagrams.at(-1)!);
    expect(last).toBeDefined();
    expect(reported(last)).toBeUndefined();
    // sysName as an OCTET STRING: it stands in the answer, but encrypted.
    expect(last!.includes(Buffer.from('\x04\x05leaf0', 'latin1'))).toBe(false);
  });

  it('refuses what is more than 150 s old, with its own time, signed', async () => {
    const { agent, datagrams, clock } = await recorded(AES128);
    const request = datagrams.at(-1)!;
    clock.uptimeMs += 140_000;
    expect(reported(agent.answer(request))).toBeUndefined();
    clock.uptimeMs += 20_000;
    const late = agent.answer(request);
    expect(reported(late)).toBe(NOT_IN_TIME);
    // authNoPriv: the flags octet of the header.
    expect(late!.includes(Buffer.from([0x04, 0x01, 0x01, 0x02, 0x01, 0x03]))).toBe(true);
  });

  it('takes no message of an earlier boot', async () => {
    const { datagrams } = await recorded(AES128);
    const { agent } = await startAgent(AES128, 8);
    expect(reported(agent.answer(datagrams.at(-1)!))).toBe(NOT_IN_TIME);
  });

  it('reports any bent octet of a signed message or stays silent, and never answers it', async () => {
    const { agent, datagrams } = await recorded(AES128);
    const good = datagrams.at(-1)!;
    const asked = agent.requests;
    const reports = new Set<string | undefined>();
    for (let position = 0; position < good.length; position++) {
      const bent = Buffer.from(good);
      bent[position] = (bent[position]! + 0x55) & 0xff;
      reports.add(reported(agent.answer(bent)));
      expect(agent.answer(good.subarray(0, position))).toBeUndefined();
    }
    expect(agent.requests).toBe(asked);
    expect([...reports]).toEqual(expect.arrayContaining([undefined, WRONG_DIGEST, UNKNOWN_ENGINE, UNKNOWN_USER]));
  });

  it('is silent to SNMPv2c', async () => {
    const { agent } = await startAgent(AES128);
    const v2c = '302302010104067075626c6963a516020101020100020128300b300906052b060102010500';
    expect(agent.answer(Buffer.from(v2c, 'hex'))).toBeUndefined();
  });
});
