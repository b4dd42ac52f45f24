import { type ChildProcess, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineAnswers } from '../../collectors/snmp/wire/engine-probe.ts';
import { counterOf, createSource, gaugeOf, Recorder } from '../collectors/snmp/recorder.ts';
import { freePort } from './snmp-daemon.ts';
import { RECORDED_PORTS, RECORDINGS, recordingOf } from './snmp-recordings.ts';

const SNMPSIM = '/usr/bin/snmpsimd';
const installed = existsSync(SNMPSIM);
const WHY = installed ? '' : ` (skipped: ${SNMPSIM} is not there; apt-get install snmpsim)`;
/** The daemon answers with at most 64 variables, one request at a time: much as a slow switch does. */
const SETTINGS = { interval: '2s', timeout: '10s', optics: '1s' };

describe.skipIf(!installed)(`snmp against recordings served by snmpsim${WHY}`, () => {
  let directory: string;
  let daemon: ChildProcess;
  let port: number;
  const recorder = new Recorder();
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const running: Promise<void>[] = [];
  const user = {
    version: 3,
    username: 'monitor',
    authProtocol: 'SHA512',
    password: 'auth-password',
    privProtocol: 'AES256',
    privPassword: 'priv-password',
    contextName: 'eos',
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-snmpsim-'));
    const data = join(directory, 'data');
    mkdirSync(data);
    for (const [name, objects] of Object.entries(RECORDINGS))
      writeFileSync(join(data, `${name}.snmprec`), recordingOf(objects()));
    port = await freePort();
    daemon = startSimulator(port, data, join(directory, 'cache'));
    while (!(await engineAnswers('127.0.0.1', port, 200)) && daemon.exitCode === null) await delay(100);
    expect(daemon.exitCode).toBeNull();
    for (const name of [...Object.keys(RECORDINGS), 'secret']) {
      const auth = name === 'secret' ? user : { version: '2c', community: name };
      const source = createSource(recorder, `127.0.0.1:${port}`, { ...SETTINGS, name, auth });
      running.push(source.start(abort.signal));
    }
  });

  afterAll(async () => {
    abort.abort();
    await Promise.all(running);
    if (daemon.exitCode === null) {
      const exited = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGKILL');
      await exited;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  const framesOf = (device: string) => recorder.frames.filter((frame) => frame.device === device);
  const polled = async (device: string) => {
    await recorder.until(() => framesOf(device).length > 0);
    return framesOf(device)[0]!;
  };
  const optics = async (device: string, gauge: string, name: string): Promise<number> => {
    const values = (): (number | undefined)[] => framesOf(device).map((frame) => gaugeOf(frame, gauge, name));
    await recorder.until(() => values().some((value) => value !== undefined));
    return values().find((value) => value !== undefined)!;
  };
  const linkOf = async (device: string) => {
    const all = () => recorder.links.flatMap(({ links }) => links).filter(({ a }) => a.device === device);
    await recorder.until(() => all().length > 0);
    return all()[0]!;
  };

  it.each(Object.keys(RECORDINGS))('%s: all ports, 64 bits exact', async (device) => {
    const frame = await polled(device);
    expect(frame.ports).toHaveLength(RECORDED_PORTS);
    for (const [i, name] of frame.ports.entries())
      expect(counterOf(frame, 'rxBytes', name)).toBe(2n ** 60n + BigInt(i));
    expect([...frame.linkUp]).toEqual(Array(RECORDED_PORTS).fill(1));
  });

  it('SONiC: ports by ifDescr, a neighbour with a chassis id in text, optics of the right port', async () => {
    const frame = await polled('sonic');
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet4')).toBe(40n);
    expect(await linkOf('sonic')).toMatchObject({
      a: { port: 'Ethernet4' },
      b: { device: 'spine1', port: 'Ethernet8' },
    });
    expect(await optics('sonic', 'rxPowerDbm', 'Ethernet4')).toBeCloseTo(-2.3, 2);
    expect(await optics('sonic', 'temperatureC', 'Ethernet4')).toBeCloseTo(41.25, 6);
  });

  it('EOS: a member of an aggregation group, its neighbour and its light', async () => {
    const frame = await polled('eos');
    expect(frame.ports).not.toContain('Port-Channel1');
    expect(counterOf(frame, 'txPauseFrames', 'Ethernet2', 3)).toBe(9n);
    expect(await linkOf('eos')).toMatchObject({
      a: { port: 'Ethernet2' },
      b: { device: 'spine2', port: 'Ethernet9/1' },
      lag: { a: 'Port-Channel1' },
    });
    expect(await optics('eos', 'rxPowerDbm', 'Ethernet2')).toBeCloseTo(-1.99, 2);
  });

  it('Cumulus: buffers by port name, though the rows are numbered otherwise', async () => {
    const frame = await polled('cumulus');
    expect(gaugeOf(frame, 'queueBytes', 'swp1')).toBe(201 * 144);
    expect(counterOf(frame, 'rxPauseFrames', 'swp1', 3)).toBe(10n);
  });

  it("NX-OS and Junos: optics of the vendors' own tables", async () => {
    expect(await optics('nxos', 'rxPowerDbm', 'Ethernet1/3')).toBeCloseTo(-1.21, 6);
    expect(await optics('junos', 'rxPowerDbm', 'et-0/0/1')).toBeCloseTo(-2.43, 6);
    const frame = await polled('junos');
    expect(counterOf(frame, 'drops', 'et-0/0/1')).toBe(512n);
  });

  it('SNMPv3 with SHA-512, AES-256 and a context name reads the same', async () => {
    const frame = await polled('secret');
    expect(frame.ports).toHaveLength(RECORDED_PORTS);
    expect(counterOf(frame, 'rxBytes', 'Ethernet16')).toBe(2n ** 60n + 15n);
    expect(recorder.healths.filter(({ lastError }) => lastError !== null)).toEqual([]);
  });
});

function startSimulator(port: number, data: string, cache: string): ChildProcess {
  const asRoot = process.getuid?.() === 0 ? ['--process-user=root', '--process-group=root'] : [];
  const user = ['--v3-user=monitor', '--v3-auth-key=auth-password', '--v3-auth-proto=SHA512'];
  const secret = ['--v3-priv-key=priv-password', '--v3-priv-proto=AES256BLMT'];
  const where = [`--data-dir=${data}`, `--cache-dir=${cache}`, `--agent-udpv4-endpoint=127.0.0.1:${port}`];
  return spawn(SNMPSIM, [...where, ...asRoot, ...user, ...secret, '--logging-method=null'], { stdio: 'ignore' });
}
