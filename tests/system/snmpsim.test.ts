import { type ChildProcess, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineAnswers } from '../../collectors/snmp/wire/engine-probe.ts';
import { createNormaliser } from '../../lib/counters/index.ts';
import { QUALITIES, type SampleField } from '../../lib/samples/fields.ts';
import { column } from '../../lib/samples/frame.ts';
import { counterOf, createSource, gaugeOf, Recorder } from '../collectors/snmp/recorder.ts';
import { freePort } from './snmp-daemon.ts';
import {
  BROKEN_PER_SEC,
  BYTES_PER_SEC,
  DROPS_PER_SEC,
  PAUSE_FRAMES_PER_SEC,
  PAUSED_US_PER_SEC,
  RECORDED_PORTS,
  RECORDINGS,
  recordingOf,
} from './snmp-recordings.ts';

const SNMPSIM = '/usr/bin/snmpsimd';
const installed = existsSync(SNMPSIM);
const WHY = installed ? '' : ` (skipped: ${SNMPSIM} is not there; apt-get install snmpsim)`;
/** The daemon answers with at most 64 variables, one request at a time: much as a slow switch does. */
const SETTINGS = { interval: '4s', timeout: '20s', optics: '1s' };

/** Share by which a sample may be off before it shows nothing. */
const MOST_DOUBT = 0.3;

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
  const firstGauge = async (device: string, gauge: string, name: string): Promise<number> => {
    const values = (): (number | undefined)[] => framesOf(device).map((frame) => gaugeOf(frame, gauge, name));
    await recorder.until(() => values().some((value) => value !== undefined));
    return values().find((value) => value !== undefined)!;
  };
  const healthOf = (device: string) => recorder.healths.findLast((health) => health.device === device)!;
  /** A sample of the first port, and how far it may be off: the simulator serves one at a time, and late. */
  const sampleOf = async (device: string, field: SampleField, priority: number) => {
    for (let polls = 2; ; polls++) {
      await recorder.until(() => framesOf(device).length >= polls);
      const normaliser = createNormaliser();
      const frames = framesOf(device);
      for (const reading of frames) {
        for (const frame of normaliser.advance(reading).frames) {
          // Bounds from frames alone are no measurement of time.
          if (field === 'rxPauseFraction' && QUALITIES[frame.quality[0] ?? 0] !== 'exact') continue;
          const value = column(frame, field, priority)?.[0] ?? Number.NaN;
          const elapsedMs = (frame.endMs[0] ?? 0) - (frame.startMs[0] ?? 0);
          // The simulator's values are of the moment, whatever a real agent of that kind would do.
          const refreshMs = device === 'sonic' ? 5000 : 0;
          const doubt = 0.02 + (2 * (reading.clockErrorMs - refreshMs)) / elapsedMs;
          if (!Number.isNaN(value) && doubt < MOST_DOUBT) return { value, doubt };
        }
      }
    }
  };
  const linkOf = async (device: string) => {
    const all = () => recorder.links.flatMap(({ links }) => links).filter(({ a }) => a.device === device);
    await recorder.until(() => all().length > 0);
    return all()[0]!;
  };

  it.each(Object.keys(RECORDINGS))('%s: all ports, 64 bits exact', async (device) => {
    const frame = await polled(device);
    expect(frame.ports).toHaveLength(RECORDED_PORTS);
    for (const [i, name] of frame.ports.entries()) {
      // One port of the Nexus stands two bytes before its counter begins again.
      const expected = device === 'nxos' && i === 1 ? 2n ** 64n - 2n : 2n ** 60n + BigInt(i);
      expect(counterOf(frame, 'rxBytes', name)).toBe(expected);
    }
    expect([...frame.linkRateBitsPerSec]).toEqual(Array(RECORDED_PORTS).fill(device === 'dellOs9' ? 100e9 : 400e9));
    expect([...frame.linkUp]).toEqual(Array(RECORDED_PORTS).fill(1));
  });

  it('SONiC: ports by ifDescr, a neighbour with a chassis id in text, optics of the right port', async () => {
    const frame = await polled('sonic');
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet4')).toBe(40n);
    expect(await linkOf('sonic')).toMatchObject({
      a: { port: 'Ethernet4' },
      b: { device: 'spine1', port: 'Ethernet8' },
    });
    expect(await firstGauge('sonic', 'rxPowerDbm', 'Ethernet4')).toBeCloseTo(-2.3, 2);
    expect(await firstGauge('sonic', 'temperatureC', 'Ethernet4')).toBeCloseTo(41.25, 6);
  });

  it('EOS: a member of an aggregation group, its neighbour and its light', async () => {
    const frame = await polled('eos');
    expect(frame.ports).not.toContain('Port-Channel1');
    expect(counterOf(frame, 'txPauseFrames', 'Ethernet2', 3)).toBe(9n);
    expect(counterOf(frame, 'watchdogStorms', 'Ethernet2')).toBe(2n);
    expect(await linkOf('eos')).toMatchObject({
      a: { port: 'Ethernet2' },
      b: { device: 'spine2', port: 'Ethernet9/1' },
      lag: { a: 'Port-Channel1' },
    });
    expect(await firstGauge('eos', 'rxPowerDbm', 'Ethernet2')).toBeCloseTo(-1.99, 2);
  });

  it('Cumulus: buffers by port name, though the rows are numbered otherwise', async () => {
    const frame = await polled('cumulus');
    expect(gaugeOf(frame, 'queueBytes', 'swp1')).toBe(201 * 144);
    expect(counterOf(frame, 'rxPauseFrames', 'swp2', 3)).toBe(10n);
  });

  it("NX-OS, Junos, Huawei, Ruijie: optics of the vendors' own tables", async () => {
    expect(await firstGauge('nxos', 'rxPowerDbm', 'Ethernet1/3')).toBeCloseTo(-1.21, 6);
    expect(await firstGauge('junos', 'rxPowerDbm', 'et-0/0/1')).toBeCloseTo(-2.43, 6);
    expect(await firstGauge('junos', 'rxPowerDbm', 'et-0/0/2')).toBeCloseTo(-19.74, 6);
    expect(await firstGauge('junos', 'temperatureC', 'et-0/0/2')).toBe(41);
    // Zeros of an empty cage are no light and no warmth.
    for (const gauge of ['rxPowerDbm', 'temperatureC'])
      expect(framesOf('junos').map((read) => gaugeOf(read, gauge, 'et-0/0/3'))).not.toContainEqual(expect.any(Number));
    expect(await firstGauge('huawei', 'rxPowerDbm', '400GE1/0/2')).toBeCloseTo(-2.18, 6);
    expect(await firstGauge('huawei', 'temperatureC', '400GE1/0/2')).toBe(47);
    expect(await firstGauge('ruijie', 'rxPowerDbm', 'FourHundredGigabitEthernet 0/2')).toBeCloseTo(-3.05, 6);
    const frame = await polled('junos');
    expect(counterOf(frame, 'drops', 'et-0/0/1')).toBe(512n);
  });

  it('NX-OS: cells in bytes, and queues that the watchdog has shut', async () => {
    const frame = await polled('nxos');
    const peak = await firstGauge('nxos', 'ingressWatermarkBytes', 'Ethernet1/1');
    expect(peak % 416).toBe(0);
    expect(peak).toBeGreaterThan(25 * 416);
    expect(counterOf(frame, 'watchdogStorms', 'Ethernet1/2')).toBe(4n);
  });

  it('Onyx, Huawei, Ruijie, Dell and others: what their own tables give, in its unit, and why the rest is not', async () => {
    expect(counterOf(await polled('onyx'), 'drops', 'Eth1/2')).toBe(28n);
    expect(await firstGauge('onyx', 'rxPowerDbm', 'Eth1/2')).toBeCloseTo(-1, 2);
    const huawei = await polled('huawei');
    expect(gaugeOf(huawei, 'queueBytes', '400GE1/0/2')).toBe(12 * 1024);
    expect(counterOf(huawei, 'drops', '400GE1/0/2')).toBe(40n);
    const ruijie = await polled('ruijie');
    expect(counterOf(ruijie, 'rxPauseFrames', 'FourHundredGigabitEthernet 0/2', 3)).toBe(11n);
    expect(healthOf('ruijie').refused.join()).toContain('ruijieMmuIfQueueSupportUsedCells: counted in buffer cells');
    const os9 = await polled('dellOs9');
    expect(counterOf(os9, 'txPauseFrames', 'hundredGigE 1/2', 0)).toBe(2n);
    expect(counterOf(os9, 'rxPauseFrames', 'hundredGigE 1/2')).toBe(24n);
    await polled('dellOs10');
    expect(healthOf('dellOs10').paths.find(({ path }) => path === 'pause')).toMatchObject({ served: false });
    expect(await linkOf('dellOs10')).toMatchObject({ b: { device: 'spine10', port: 'ethernet1/1/32' } });
    expect(counterOf(await polled('generic'), 'txPauseFrames', 'port2')).toBe(2n);
  });

  /** What the first port of a recording does, beside sending. */
  const PAUSED = { field: 'rxPauseFramesPerSec', priority: 3, value: PAUSE_FRAMES_PER_SEC } as const;
  const HELD = { field: 'rxPauseFraction', priority: 3, value: PAUSED_US_PER_SEC / 1e6 } as const;
  const BROKEN = { field: 'rxErrorsPerSec', priority: -1, value: BROKEN_PER_SEC } as const;
  const DROPPED = { field: 'dropsPerSec', priority: -1, value: DROPS_PER_SEC } as const;
  it.each([
    ['sonic', [PAUSED]],
    ['eos', [PAUSED]],
    ['cumulus', [PAUSED]],
    ['nxos', [PAUSED, HELD]],
    ['junos', [DROPPED]],
    // Grown faster than milliseconds can: the duration is in µs after all.
    ['onyx', [PAUSED, HELD]],
    ['huawei', [DROPPED]],
    ['ruijie', [PAUSED]],
    ['dellOs9', [PAUSED]],
    ['dellOs10', []],
    ['generic', [{ ...PAUSED, priority: -1 }, BROKEN]],
  ] as const)('%s: samples in their unit from counters that count', async (device, more) => {
    const rate = device === 'dellOs9' ? 100e9 : 400e9;
    const sent = { field: 'txBytesPerSec', priority: -1, value: BYTES_PER_SEC } as const;
    const share = { field: 'txUtilFraction', priority: -1, value: (BYTES_PER_SEC * 8) / rate } as const;
    for (const { field, priority, value } of [sent, share, ...more]) {
      const found = await sampleOf(device, field, priority);
      expect(Math.abs(found.value / value - 1), `${field}: ${found.value}`).toBeLessThan(found.doubt);
    }
  });

  it('SNMPv3 with SHA-512, AES-256 and a context name reads the same', async () => {
    const frame = await polled('secret');
    expect(frame.ports).toHaveLength(RECORDED_PORTS);
    expect(counterOf(frame, 'rxBytes', 'Ethernet8')).toBe(2n ** 60n + 7n);
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
