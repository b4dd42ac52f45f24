import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Demo, startDemo } from '../../demo/main.ts';
import { silentLogger } from '../../lib/logger.ts';

const run = promisify(execFile);

const WHY = existsSync('/usr/bin/snmpget') ? '' : ' (skipped: Debian package snmp is not installed)';

/** Debian's net-snmp tools (package `snmp`), without its MIB files: OIDs as numbers. */
async function tool(name: string, args: string[]): Promise<string[]> {
  const { stdout } = await run(name, args, { env: { ...process.env, MIBS: '' } });
  return stdout.trim().split('\n');
}

function bulkwalk(port: number, oid: string, ...flags: string[]): Promise<string[]> {
  return tool('snmpbulkwalk', ['-v2c', '-c', 'public', '-On', ...flags, `127.0.0.1:${port}`, oid]);
}

let folder: string;
let demo: Demo;
const start = async (): Promise<void> => {
  demo = await startDemo({ dataDir: folder, monitorUrl: 'http://127.0.0.1:9', script: false, logger: silentLogger });
};
const portOf = (device: string): number =>
  JSON.parse(readFileSync(join(folder, 'demo-state.json'), 'utf8')).ports[device];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stallscope-demo-'));
  await start();
});
afterAll(async () => {
  await demo?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(WHY !== '')(`net-snmp's own tools against the demo switches${WHY}`, () => {
  let port: number;
  beforeAll(() => {
    port = portOf('leaf1');
  });

  it('walk everything, and get the same rows with any repetitions', async () => {
    // snmpbulkwalk itself fails on an OID that does not increase.
    const few = await bulkwalk(port, '1.3.6.1', '-Cr3');
    const many = await bulkwalk(port, '1.3.6.1', '-Cr60');
    expect(few.length).toBeGreaterThan(350);
    const names = (lines: string[]): string[] => lines.map((line) => line.split(' = ')[0] ?? '');
    expect(names(many)).toEqual(names(few));
  });

  it('see 64-bit octets beyond 2^53, growing', async () => {
    const read = async (): Promise<bigint[]> =>
      (await bulkwalk(port, '1.3.6.1.2.1.31.1.1.1.6')).map((line) => {
        expect(line).toContain('Counter64: ');
        return BigInt(line.split('Counter64: ')[1] ?? '');
      });
    const first = await read();
    expect(first.every((octets) => octets > 2n ** 53n)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const second = await read();
    expect(second.some((octets, row) => octets > first[row]!)).toBe(true);
    expect(second.every((octets, row) => octets >= first[row]!)).toBe(true);
  });

  it('find hosts and switches in the LLDP table', async () => {
    const names = (await bulkwalk(port, '1.0.8802.1.1.2.1.4.1.1.9')).map((line) => /"(.*)"/.exec(line)?.[1]);
    expect(names).toEqual(['gpu01', 'gpu02', 'gpu03', 'gpu04', 'spine1', 'spine2']);
  });

  it('get no answer with a wrong community', async () => {
    const args = ['-v2c', '-c', 'wrong', '-r0', '-t1', `127.0.0.1:${port}`, '1.3.6.1.2.1.1.1.0'];
    await expect(run('snmpget', args)).rejects.toThrow(/Timeout/);
  });
});

describe.skipIf(WHY !== '')(`net-snmp's own tools against the demo's SNMPv3 switch${WHY}`, () => {
  const ENGINE_BOOTS = '1.3.6.1.6.3.10.2.1.2.0';
  /** The profile as stallscope.yaml shows it, with some of it wrong. */
  const v3 = (wrong: Record<string, string> = {}): string[] => {
    const { auths } = parse(readFileSync(demo.configFile, 'utf8'));
    const profile = { ...auths.demo3, ...wrong };
    expect([profile.authProtocol, profile.privProtocol]).toEqual(['SHA256', 'AES']);
    const who = ['-v3', '-l', profile.securityLevel, '-u', profile.username];
    return [...who, '-a', 'SHA-256', '-A', profile.password, '-x', 'AES', '-X', profile.privPassword, '-r0', '-On'];
  };
  const address = (): string => `127.0.0.1:${portOf('spine2')}`;

  it('get its name and walk all of it as the user of stallscope.yaml', async () => {
    const [name] = await tool('snmpget', [...v3(), address(), '1.3.6.1.2.1.1.5.0']);
    expect(name).toBe('.1.3.6.1.2.1.1.5.0 = STRING: "spine2"');
    const all = await tool('snmpbulkwalk', [...v3(), '-Cr20', address(), '1.3.6.1']);
    expect(all.length).toBeGreaterThan(250);
  });

  it.each([
    ['password', { password: 'not-the-password' }, /Authentication failure/],
    ['privacy password', { privPassword: 'not-the-password' }, /Decryption error/],
    ['user', { username: 'nobody' }, /Unknown user name/],
    ['security level', { securityLevel: 'authNoPriv' }, /Unsupported security level/],
  ])('say which of it is wrong: %s', async (_, wrong, message) => {
    await expect(tool('snmpget', [...v3(wrong), address(), '1.3.6.1.2.1.1.5.0'])).rejects.toThrow(message);
  });

  it('get nothing by community', async () => {
    const args = ['-v2c', '-c', 'public', '-r0', '-t1', address(), '1.3.6.1.2.1.1.5.0'];
    await expect(run('snmpget', args)).rejects.toThrow(/Timeout/);
  });

  it('see one more boot, of the same engine on the same port, after a restart in the same data directory', async () => {
    const read = () => tool('snmpget', [...v3(), '-Oqv', address(), ENGINE_BOOTS, '1.3.6.1.6.3.10.2.1.1.0']);
    const [before, engine] = await read();
    const at = address();
    await demo.close();
    await start();
    expect(address()).toBe(at);
    expect(await read()).toEqual([String(Number(before) + 1), engine]);
  });
});
