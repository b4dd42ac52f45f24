import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, startDemo } from '../../demo/main.ts';
import { silentLogger } from '../../lib/logger.ts';

const run = promisify(execFile);

/** Debian's net-snmp tools read the demo's switches: package `snmp`. */
async function bulkwalk(port: number, oid: string, ...flags: string[]): Promise<string[]> {
  const args = ['-v2c', '-c', 'public', '-On', ...flags, `127.0.0.1:${port}`, oid];
  const { stdout } = await run('snmpbulkwalk', args, { env: { ...process.env, MIBS: '' } });
  return stdout.trim().split('\n');
}

describe("net-snmp's own tools against the demo switches", () => {
  let folder: string;
  let demo: Demo;
  let port: number;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stallscope-demo-'));
    demo = await startDemo({ dataDir: folder, monitorUrl: 'http://127.0.0.1:9', script: false, logger: silentLogger });
    port = JSON.parse(readFileSync(join(folder, 'demo-state.json'), 'utf8')).snmpPorts.leaf1;
  });
  afterAll(async () => {
    await demo?.close();
    rmSync(folder, { recursive: true, force: true });
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
