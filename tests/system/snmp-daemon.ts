import { spawn } from 'node:child_process';
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
  directory: string;
  stop(): Promise<void>;
}

/** Starts a real snmpd on loopback with its own directory, serving this machine's interfaces and the pass tables. */
export async function startSnmpd(
  options: { users?: string[]; directory?: string; port?: number } = {},
): Promise<Daemon> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'stallscope-snmpd-'));
  const port = options.port ?? (await freePort());
  const indexes = [...kernelInterfaces().values()].sort((a, b) => a - b).join(' ');
  const config = join(directory, 'snmpd.conf');
  writeFileSync(
    config,
    [
      `agentaddress udp:127.0.0.1:${port}`,
      `rocommunity ${COMMUNITY} 127.0.0.1`,
      'sysname leaf-under-test',
      ...(options.users ?? []),
      ...PASS_ROOTS.map((root) => `pass_persist ${root} ${process.execPath} ${PASS} ${root} ${indexes}`),
      '',
    ].join('\n'),
  );
  const child = spawn(SNMPD, ['-f', '-Lf', join(directory, 'log'), '-C', '-c', config, '-I', '-smux', '-r'], {
    env: { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: join(directory, 'state') },
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  return { port, directory, stop };
}
