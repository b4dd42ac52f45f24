import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SNMPD = '/usr/sbin/snmpd';
export const snmpdInstalled = existsSync(SNMPD);
export const WHY_SKIPPED = snmpdInstalled ? '' : ` (skipped: ${SNMPD} is not there; apt-get install snmpd)`;
export const COMMUNITY = 'stallscope-test';

const PASS = join(dirname(fileURLToPath(import.meta.url)), 'snmp-pass.mjs');
/** Roots snmpd hands to our pass program. */
const PASS_ROOTS = ['.1.0.8802.1.1.2', '.1.3.6.1.2.1.10.7.10', '.1.3.6.1.4.1.9.9.813'];

/** ifIndex of this machine's interfaces by name: snmpd uses the kernel's. */
export function kernelInterfaces(): Map<string, number> {
  const names = readdirSync('/sys/class/net').filter((name) => existsSync(`/sys/class/net/${name}/ifindex`));
  return new Map(names.map((name) => [name, Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'))]));
}

/** A UDP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = await silentPeer();
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** A socket on loopback; it says nothing unless the caller listens to it. */
export async function silentPeer(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

export interface Daemon {
  port: number;
  /** Ends it and starts it again on the same port: one more boot, or `forget` those it had; by another engine id. */
  restart(change?: { engineId?: string; forget?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a real snmpd on loopback with its own directory, serving this machine's interfaces and the pass tables. */
export async function startSnmpd(options: { users?: string[]; engineId?: string } = {}): Promise<Daemon> {
  const directory = mkdtempSync(join(tmpdir(), 'stallscope-snmpd-'));
  const port = await freePort();
  const indexes = [...kernelInterfaces().values()].sort((a, b) => a - b).join(' ');
  const configure = (engineId = options.engineId): void =>
    writeFileSync(
      join(directory, 'snmpd.conf'),
      [
        ...(engineId === undefined ? [] : [`exactEngineID ${engineId}`]),
        `agentaddress udp:127.0.0.1:${port}`,
        `rocommunity ${COMMUNITY} 127.0.0.1`,
        'sysname leaf-under-test',
        ...(options.users ?? []),
        ...PASS_ROOTS.map((root) => `pass_persist ${root} ${process.execPath} ${PASS} ${root} ${indexes}`),
        '',
      ].join('\n'),
    );
  configure();
  const state = join(directory, 'state');
  const launch = (): ChildProcess =>
    spawn(SNMPD, ['-f', '-Lf', join(directory, 'log'), '-I', '-smux', '-r'], {
      // The config path alone, so that the persistent state (engine id, boots) is read as well.
      env: { ...process.env, MIBS: '', SNMPCONFPATH: `${directory}:${state}`, SNMP_PERSISTENT_DIR: state },
      stdio: 'ignore',
    });
  let child = launch();
  const end = async (): Promise<void> => {
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await exited;
  };
  return {
    port,
    restart: async ({ engineId, forget = false } = {}) => {
      await end();
      if (engineId !== undefined) configure(engineId);
      if (forget) rmSync(state, { recursive: true, force: true });
      child = launch();
    },
    stop: async () => {
      await end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
