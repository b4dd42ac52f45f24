import { createSocket, type Socket } from 'node:dgram';
import { Writable } from 'node:stream';
import snmp from 'net-snmp';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TrapReceiver } from '../../../../collectors/snmp/traps/receiver.ts';
import { TrapSubscribers } from '../../../../collectors/snmp/traps/subscribers.ts';
import type { Trap } from '../../../../collectors/snmp/traps/trap.ts';
import { trapUser } from '../../../../collectors/snmp/traps/user.ts';
import { ManualClock } from '../../../../lib/clock.ts';
import { type AuthProfile, authProfile } from '../../../../lib/config/auths.ts';

const LINK_DOWN = '1.3.6.1.6.3.1.1.5.3';
const IF_INDEX = { oid: '1.3.6.1.2.1.2.2.1.1.7', type: snmp.ObjectType.Integer, value: 7 };
const CORE: AuthProfile = { version: '2c', community: 'fabric-core' };
const USER = authProfile.parse({
  version: 3,
  username: 'stallscope',
  authProtocol: 'SHA256',
  password: 'maplesyrup',
  privProtocol: 'AES',
  privPassword: 'syrupmaple',
}) as Extract<AuthProfile, { version: 3 }>;

let subscribers: TrapSubscribers;
let receiver: TrapReceiver;
let log: string;
let traps: [string, Trap][];
let changed: () => void;
const sessions: { close(): void }[] = [];

const logger = pino(
  new Writable({
    write: (line: Buffer, _, done) => {
      log += line.toString();
      done();
    },
  }),
);

beforeEach(async () => {
  log = '';
  traps = [];
  changed = () => {};
  subscribers = new TrapSubscribers();
  const started = await TrapReceiver.start({
    listen: { host: '127.0.0.1', port: 0 },
    logger,
    clock: new ManualClock(1_700_000_000_000),
    subscribers,
  });
  receiver = started!;
  const refuse = receiver.tally.refuse.bind(receiver.tally);
  receiver.tally.refuse = (reason, from) => {
    refuse(reason, from);
    changed();
  };
});
afterEach(() => {
  vi.useRealTimers();
  for (const session of sessions.splice(0)) session.close();
  receiver.close();
});

/** Resolves once the condition holds; looked at whenever the receiver has taken or refused something. */
function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    changed = () => {
      if (condition()) resolve();
    };
    changed();
  });
}

function subscribe(device: string, auth: AuthProfile, host = '127.0.0.1'): () => void {
  const trapped = (trap: Trap) => {
    traps.push([device, trap]);
    changed();
  };
  return subscribers.add({ device, host, auth, trapped });
}

function session(community: string, version: 0 | 1 = snmp.Version2c) {
  const made = snmp.createSession('127.0.0.1', community, { version, trapPort: receiver.port, retries: 0 });
  sessions.push(made);
  return made;
}

function v3Session(profile: typeof USER) {
  // Traps go out under the sender's own engine, for informs it is asked for the receiver's.
  const made = snmp.createV3Session('127.0.0.1', trapUser(profile)!, {
    version: snmp.Version3,
    engineID: '8000b98380112233445566',
    trapPort: receiver.port,
    retries: 0,
  } as never);
  sessions.push(made);
  return made;
}

const sent = (error: Error | null) => expect(error).toBeNull();
async function raw(datagram: Buffer): Promise<Socket> {
  const socket = createSocket('udp4');
  sessions.push(socket);
  await new Promise((resolve) => socket.send(datagram, receiver.port, '127.0.0.1', resolve));
  return socket;
}

describe('traps of polled devices', () => {
  it('a v2c trap reaches the device at the address it came from, with name, interface and time', async () => {
    subscribe('leaf1', CORE);
    subscribe('leaf2', CORE, '192.0.2.2');
    session('fabric-core').trap(LINK_DOWN, [IF_INDEX], sent);
    await until(() => traps.length > 0);
    expect(traps).toEqual([['leaf1', { name: 'linkDown', ifIndex: 7, atMs: 1_700_000_000_000 }]]);
  });

  it('an inform is acknowledged', async () => {
    subscribe('leaf1', CORE);
    const answered = new Promise<Error | null>((resolve) =>
      session('fabric-core').inform(LINK_DOWN, [IF_INDEX], (error: Error | null) => resolve(error)),
    );
    await until(() => traps.length > 0);
    expect(await answered).toBeNull();
  });

  it('a v1 trap is taken too', async () => {
    subscribe('leaf1', CORE);
    session('fabric-core', snmp.Version1).trap(snmp.TrapType.LinkUp, [IF_INDEX], '127.0.0.1', sent);
    await until(() => traps.length > 0);
    expect(traps[0]![1]).toMatchObject({ name: 'linkUp', ifIndex: 7 });
  });

  it('any other notification counts by its OID', async () => {
    subscribe('leaf1', CORE);
    session('fabric-core').trap('1.3.6.1.4.1.9.9.43.2.0.1', [], sent);
    await until(() => traps.length > 0);
    expect(traps[0]![1]).toMatchObject({ name: '1.3.6.1.4.1.9.9.43.2.0.1', ifIndex: null });
  });

  it('a v3 trap and a v3 inform of the user', async () => {
    const leave = subscribe('leaf1', USER);
    v3Session(USER).trap(LINK_DOWN, [IF_INDEX], sent);
    await until(() => traps.length === 1);
    leave();
    subscribe('leaf1', USER);
    const answered = new Promise<Error | null>((resolve) =>
      v3Session(USER).inform(LINK_DOWN, [IF_INDEX], (error: Error | null) => resolve(error)),
    );
    await until(() => traps.length === 2);
    expect(await answered).toBeNull();
  });
});

describe('what is no trap of a polled device', () => {
  it('a sender that is no target is not even decoded', async () => {
    subscribe('leaf1', CORE, '192.0.2.1');
    session('fabric-core').trap(LINK_DOWN, sent);
    await until(() => receiver.tally.counts.unknownSender === 1);
    expect(traps).toEqual([]);
  });

  it("another target's community is not this one's, and no community is ever logged", async () => {
    subscribe('leaf1', CORE);
    subscribe('leaf2', { version: '2c', community: 'other-core' }, '192.0.2.2');
    session('other-core').trap(LINK_DOWN, sent);
    await until(() => receiver.tally.counts.notAuthorised === 1);
    expect(traps).toEqual([]);
    expect(log).toContain('trap refused');
    expect(log).not.toMatch(/other-core|fabric-core/);
  });

  it('a wrong password of the right user', async () => {
    subscribe('leaf1', USER);
    v3Session({ ...USER, password: 'maplesirup' }).trap(LINK_DOWN, sent);
    await until(() => receiver.tally.counts.notAuthorised === 1);
    expect(traps).toEqual([]);
  });

  it('a v3 message without any user', async () => {
    subscribe('leaf1', USER);
    subscribe('leaf1-v2', CORE);
    v3Session({ ...USER, username: '', securityLevel: 'noAuthNoPriv' }).trap(LINK_DOWN, sent);
    await until(() => receiver.tally.counts.notAuthorised === 1);
    expect(traps).toEqual([]);
  });

  it('garbage is counted and logged once a minute, and a trap behind it still arrives', async () => {
    subscribe('leaf1', CORE);
    const garbage = ['', '00', '30', '3084ffffffff', '30820102', '3003020101', '30060201030201ff'];
    for (const hex of garbage) await raw(Buffer.from(hex, 'hex'));
    await until(() => receiver.tally.counts.malformed === garbage.length);
    session('fabric-core').trap(LINK_DOWN, sent);
    await until(() => traps.length > 0);
    expect(log.match(/trap refused/g)).toHaveLength(1);
  });

  it('more than a burst of one address is dropped unseen', async () => {
    subscribe('leaf1', CORE);
    const socket = await raw(Buffer.from('00', 'hex'));
    for (let i = 1; i < 60; i++) socket.send(Buffer.from('00', 'hex'), receiver.port, '127.0.0.1');
    await until(() => receiver.tally.counts.malformed + receiver.tally.counts.tooMany === 60);
    expect(receiver.tally.counts.tooMany).toBeGreaterThan(30);
  });
});

it('a port that is taken is one clear sentence, not an exception', async () => {
  const second = await TrapReceiver.start({ listen: { host: '127.0.0.1', port: receiver.port }, logger, subscribers });
  expect(second).toBeNull();
  expect(log).toContain(
    `cannot listen on UDP 127.0.0.1 port ${receiver.port}, so no traps are received; polling goes on`,
  );
});
