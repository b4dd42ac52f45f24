import type { Socket } from 'node:dgram';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snmpPlugin } from '../../collectors/snmp/index.ts';
import { engineAnswers } from '../../collectors/snmp/wire/engine-probe.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CollectorContext } from '../../lib/collect/types.ts';
import type { ReadingFrame } from '../../lib/counters/reading.ts';
import type { TargetHealth } from '../../lib/events/events.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { DeviceInfo, Link } from '../../lib/topology/types.ts';
import {
  COMMUNITY,
  type Daemon,
  freePort,
  kernelInterfaces,
  silentPeer,
  snmpdInstalled,
  startSnmpd,
  WHY_SKIPPED,
} from './snmp-daemon.ts';

/** What came out of the sources of one test. */
class Recorder {
  readonly frames: ReadingFrame[] = [];
  readonly healths = new Map<string, TargetHealth>();
  readonly links: { devices: DeviceInfo[]; links: Link[] }[] = [];
  private wake: () => void = () => {};

  context(stateDir: string): CollectorContext {
    return {
      sink: {
        readings: (frame) => {
          this.frames.push(frame);
          this.wake();
        },
        links: (_, devices, links) => this.links.push({ devices, links }),
        steps: () => {},
        collectives: () => {},
        jobs: () => {},
        health: (health) => {
          this.healths.set(health.target, health);
          this.wake();
        },
      },
      clock: systemClock,
      logger: silentLogger,
      collectorId: 'test',
      stateDir,
    };
  }

  of(device: string): ReadingFrame[] {
    return this.frames.filter((frame) => frame.device === device);
  }

  /** Waits for something to come out; the test's own time limit bounds it. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

function total(frame: ReadingFrame, counter: string, port: string, priority = -1): bigint | undefined {
  const row = frame.ports.indexOf(port);
  const column = frame.counters.find((entry) => entry.counter === counter && entry.priority === priority);
  if (column?.present[row] !== 1) return undefined;
  return (BigInt(column.high[row]!) << 32n) | BigInt(column.low[row]!);
}

function sysfs(port: string, name: string): bigint {
  return BigInt(readFileSync(`/sys/class/net/${port}/statistics/${name}`, 'utf8').trim());
}

/** snmpd's side of the users below. */
const USERS = [
  'createUser strong SHA-512 "auth-password" AES-256 "priv-password"',
  'createUser common SHA-256 "auth-password" AES-128 "priv-password"',
  'createUser lengthened SHA "auth-password" AES-256 "priv-password"',
  'createUser ciscoWay SHA "auth-password" AES-256-C "priv-password"',
  'createUser sha256aes256 SHA-256 "auth-password" AES-256 "priv-password"',
  'createUser sha512aes128 SHA-512 "auth-password" AES-128 "priv-password"',
  'createUser sha384aes192 SHA-384 "auth-password" AES-192 "priv-password"',
  'createUser sha224aes192c SHA-224 "auth-password" AES-192-C "priv-password"',
  'createUser plain SHA-256 "auth-password"',
  ...['ciscoWay', 'sha256aes256', 'sha512aes128', 'sha384aes192', 'sha224aes192c'].map((name) => `rouser ${name} priv`),
  'rouser plain noauth',
  'createUser open SHA "auth-password"',
  'rouser strong priv',
  'rouser common priv',
  'rouser lengthened priv',
  'rouser open auth',
];
const PASSWORDS = { version: 3, password: 'auth-password', privPassword: 'priv-password' };

describe.skipIf(!snmpdInstalled)(`snmp against Debian's snmpd${WHY_SKIPPED}`, () => {
  let daemon: Daemon;
  let stateDir: string;
  const stoppers: (() => Promise<void>)[] = [];
  const sockets: Socket[] = [];
  const before = { rx: 0n, tx: 0n };

  beforeAll(async () => {
    before.rx = sysfs('lo', 'rx_bytes');
    before.tx = sysfs('lo', 'tx_bytes');
    stateDir = mkdtempSync(join(tmpdir(), 'stallscope-snmp-'));
    daemon = await startSnmpd({ users: USERS });
  });

  afterAll(async () => {
    for (const stop of stoppers) await stop();
    for (const socket of sockets) socket.close();
    await daemon?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  function start(recorder: Recorder, entries: Record<string, unknown>[]): () => Promise<void> {
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const context = recorder.context(stateDir);
    const running = entries.map((entry) => {
      const config = snmpPlugin.configSchema.parse({
        auth: { version: '2c', community: COMMUNITY },
        interval: '1s',
        timeout: '400ms',
        ports: { include: ['^lo$'] },
        ...entry,
      });
      return snmpPlugin.create(config, context).start(abort.signal);
    });
    const stop = async (): Promise<void> => {
      abort.abort();
      await Promise.all(running);
    };
    stoppers.push(stop);
    return stop;
  }

  it('reads this machine, 64 bits exact, and its LLDP neighbour', async () => {
    const recorder = new Recorder();
    const stop = start(recorder, [{ name: 'leaf1', address: `127.0.0.1:${daemon.port}` }]);
    await recorder.until(() => recorder.frames.length >= 2 && recorder.links.some(({ links }) => links.length > 0));
    await stop();
    const frame = recorder.frames.at(-1)!;
    expect([...frame.ports].sort()).toEqual([...kernelInterfaces().keys()].sort());
    expect(frame.bootId).toMatch(/^\d+$/);
    expect(frame.uptimeMs).toBeGreaterThan(0);
    expect(frame.linkUp[frame.ports.indexOf('lo')]).toBe(1);
    // snmpd reads the same kernel counters, a little earlier than we do now.
    const received = total(frame, 'rxBytes', 'lo')!;
    expect(received).toBeGreaterThanOrEqual(before.rx);
    expect(received).toBeLessThanOrEqual(sysfs('lo', 'rx_bytes'));
    expect(total(frame, 'txBytes', 'lo')!).toBeLessThanOrEqual(sysfs('lo', 'tx_bytes'));
    expect(total(frame, 'rxPackets', 'lo')).toBeDefined();
    const lo = BigInt(kernelInterfaces().get('lo')!);
    expect(total(frame, 'rxPauseFrames', 'lo', 3)).toBe(18_000_000_000_000_000_000n + 3000n + lo * 10n + 3n);
    expect(total(frame, 'txPauseFrames', 'lo', 7)).toBe(18_000_000_000_000_000_000n + 2000n + lo * 10n + 7n);
    const link = recorder.links.at(-1)!;
    expect(link.links).toEqual([
      { a: { device: 'leaf1', port: 'lo' }, b: { device: 'spine9', port: 'Ethernet7/1' }, source: 'lldp' },
    ]);
    expect(link.devices).toContainEqual({ device: 'spine9', role: 'switch', polled: false });
    const health = recorder.healths.get('leaf1')!;
    expect(health).toMatchObject({ state: 'ok', lastError: null, failures: 0 });
    expect(health.missing).toContain('rxPauseFraction');
  });

  it('keeps its interval beside 40 dead neighbours, and names each of them', async () => {
    const recorder = new Recorder();
    const dead: Record<string, unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      const silent = await silentPeer();
      sockets.push(silent);
      dead.push({ name: `silent${i}`, address: `127.0.0.1:${silent.address().port}` });
      dead.push({ name: `closed${i}`, address: `127.0.0.1:${await freePort()}` });
    }
    const stop = start(recorder, [{ name: 'alive', address: `127.0.0.1:${daemon.port}` }, ...dead]);
    await recorder.until(
      () => recorder.of('alive').length >= 9 && dead.every(({ name }) => recorder.healths.has(String(name))),
    );
    await stop();
    const times = recorder.of('alive').map((frame) => frame.atMs[0]!);
    const spacings = times.slice(1).map((time, i) => time - times[i]!);
    spacings.sort((a, b) => a - b);
    expect(Math.abs(spacings[Math.floor(spacings.length / 2)]! - 1000)).toBeLessThan(50);
    expect(recorder.frames.length).toBe(recorder.of('alive').length);
    for (const { name } of dead) {
      const health = recorder.healths.get(String(name))!;
      expect(health.state).toBe('down');
      expect(health.lastError!.message).toContain(
        String(name).startsWith('closed') ? 'nothing listens on that port' : 'no answer within 400 ms',
      );
    }
  });

  it('tells a wrong community from a dead host, without repeating it', async () => {
    const recorder = new Recorder();
    const stop = start(recorder, [
      { name: 'wrong', address: `127.0.0.1:${daemon.port}`, auth: { version: '2c', community: 'not-the-one' } },
    ]);
    await recorder.until(() => recorder.healths.get('wrong')?.state === 'down');
    await stop();
    const { message } = recorder.healths.get('wrong')!.lastError!;
    expect(message).toContain('does not answer this community');
    expect(JSON.stringify([...recorder.healths])).not.toContain('not-the-one');
  });

  it('names a peer that cuts its answers or sends rubbish, while the others go on', async () => {
    const recorder = new Recorder();
    const cutting = await relay(daemon.port, (answer) => answer.subarray(0, Math.floor(answer.length / 2)));
    const rubbish = await relay(daemon.port, (answer) => Buffer.alloc(answer.length, 0xa5));
    const stop = start(recorder, [
      { name: 'good', address: `127.0.0.1:${daemon.port}` },
      { name: 'cut', address: `127.0.0.1:${cutting}` },
      { name: 'rubbish', address: `127.0.0.1:${rubbish}` },
    ]);
    await recorder.until(
      () =>
        recorder.healths.get('cut')?.state === 'down' &&
        recorder.healths.get('rubbish')?.state === 'down' &&
        recorder.of('good').length >= 3,
    );
    await stop();
    expect(recorder.healths.get('cut')!.lastError!.message).toMatch(/cut short.*lower maxAnswerBytes/);
    expect(recorder.healths.get('rubbish')!.lastError!.message).toContain('check that the address is the device');
    expect(recorder.healths.get('good')!.state).toBe('ok');
  });

  it.each([
    { username: 'strong', authProtocol: 'SHA512', privProtocol: 'AES256' },
    { username: 'common', authProtocol: 'SHA256', privProtocol: 'AES' },
    { username: 'sha256aes256', authProtocol: 'SHA256', privProtocol: 'AES256' },
    { username: 'sha512aes128', authProtocol: 'SHA512', privProtocol: 'AES' },
    { username: 'sha384aes192', authProtocol: 'SHA384', privProtocol: 'AES192' },
    // Keys that are too short for the cipher, lengthened in either way.
    { username: 'lengthened', authProtocol: 'SHA', privProtocol: 'AES256' },
    { username: 'ciscoWay', authProtocol: 'SHA', privProtocol: 'AES256C' },
    { username: 'sha224aes192c', authProtocol: 'SHA224', privProtocol: 'AES192C' },
    { username: 'plain', securityLevel: 'noAuthNoPriv' },
    { username: 'open', authProtocol: 'SHA', securityLevel: 'authNoPriv' },
  ])('reads over SNMPv3 as $username', async (user) => {
    const recorder = new Recorder();
    const target = { name: 'v3', address: `127.0.0.1:${daemon.port}`, auth: { ...PASSWORDS, ...user } };
    const stop = start(recorder, [target]);
    await recorder.until(() => recorder.frames.length >= 1);
    await stop();
    expect(total(recorder.frames[0]!, 'rxBytes', 'lo')!).toBeGreaterThanOrEqual(before.rx);
    expect(recorder.healths.get('v3')!.failures).toBe(0);
  });

  it.each([
    [{ username: 'nobody' }, 'does not know the user "nobody"'],
    [{ username: 'common', password: 'not-the-password' }, 'refuses the password of user "common"'],
    [{ username: 'common', privPassword: 'not-the-password' }, 'correct privProtocol or privPassword'],
    [{ username: 'ciscoWay', authProtocol: 'SHA', privProtocol: 'AES256' }, 'AES256C where the device lengthens'],
    [{ username: 'lengthened', authProtocol: 'SHA', privProtocol: 'AES256C' }, 'AES256 where the device lengthens'],
    [{ username: 'common', authProtocol: 'SHA512' }, 'correct password or authProtocol'],
    [
      { username: 'strong', authProtocol: 'SHA512', securityLevel: 'authNoPriv' },
      'authorizationError: it does not let',
    ],
  ])('says what is wrong with the user %j', async (user, sentence) => {
    const recorder = new Recorder();
    const target = { name: 'v3', address: `127.0.0.1:${daemon.port}`, auth: { ...PASSWORDS, ...user } };
    const stop = start(recorder, [target]);
    await recorder.until(() => recorder.healths.get('v3')?.lastError !== null && recorder.healths.has('v3'));
    await stop();
    const { message } = recorder.healths.get('v3')!.lastError!;
    expect(message).toContain(sentence);
    expect(message).not.toContain('not-the-password');
  });

  it('over SNMPv3 goes on when the agent restarts with more boots', async () => {
    const own = await startSnmpd({ users: USERS });
    const recorder = new Recorder();
    const auth = { ...PASSWORDS, username: 'common' };
    const stop = start(recorder, [{ name: 'reborn', address: `127.0.0.1:${own.port}`, auth }]);
    await recorder.until(() => recorder.frames.length >= 1);
    await own.restart();
    const boots = recorder.frames[0]!.bootId;
    await recorder.until(() => recorder.frames.at(-1)!.bootId !== boots);
    await stop();
    await own.stop();
    expect(Number(recorder.frames.at(-1)!.bootId)).toBe(Number(boots) + 1);
  });

  it('over SNMPv3 goes on when another engine answers at the address, and when one has lost its boots', async () => {
    const own = await startSnmpd({ users: USERS, engineId: '0x80001f880473746f6e65' });
    const restarted = async (change?: { engineId?: string; forget?: boolean }): Promise<void> => {
      await own.restart(change);
      while (!(await engineAnswers('127.0.0.1', own.port, 200))) await delay(50);
    };
    for (let boots = 1; boots < 5; boots++) await restarted();
    const recorder = new Recorder();
    const auth = { ...PASSWORDS, username: 'common' };
    const stop = start(recorder, [{ name: 'replaced', address: `127.0.0.1:${own.port}`, auth, interval: '500ms' }]);
    await recorder.until(() => recorder.frames.length >= 1);
    const boots = Number(recorder.frames[0]!.bootId);
    expect(boots).toBeGreaterThanOrEqual(4);
    // Replaced by another device: its own engine, its own boots.
    await restarted({ engineId: '0x80001f88046f74686572', forget: true });
    await recorder.until(() => Number(recorder.frames.at(-1)!.bootId) < boots);
    // A device that comes back with fewer boots than we know is not believed before the time window is over.
    await restarted();
    await restarted();
    await recorder.until(() => Number.parseInt(recorder.frames.at(-1)!.bootId!, 10) === 3);
    await restarted({ forget: true });
    await recorder.until(
      () => recorder.healths.get('replaced')?.lastError?.message.includes('has lost its boot count') === true,
    );
    await stop();
    await own.stop();
  });

  it('says in a probe what the device shows and what it cannot', async () => {
    const context = new Recorder().context(stateDir);
    const config = snmpPlugin.configSchema.parse({
      name: 'leaf1',
      address: `127.0.0.1:${daemon.port}`,
      auth: { version: '2c', community: COMMUNITY },
    });
    const result = await snmpPlugin.create(config, context).probe(new AbortController().signal);
    expect(result.ok).toBe(true);
    expect(result.message).toContain('leaf-under-test');
    expect(result.shows).toEqual(expect.arrayContaining(['rxBytesPerSec', 'rxPauseFramesPerSec', 'linkUp']));
    expect(result.cannotShow).toEqual(expect.arrayContaining(['rxPauseFraction', 'ecnMarkedPerSec']));
  });

  /** A loopback relay to snmpd that spoils the answers on their way back. */
  async function relay(to: number, spoil: (answer: Buffer) => Buffer): Promise<number> {
    const front = await silentPeer();
    const back = await silentPeer();
    sockets.push(front, back);
    let client = 0;
    front.on('message', (request, from) => {
      client = from.port;
      back.send(request, to, '127.0.0.1');
    });
    back.on('message', (answer) => front.send(spoil(answer), client, '127.0.0.1'));
    return front.address().port;
  }
});
