import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../monitor/version.ts';

const ROOT = join(import.meta.dirname, '../..');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'command-line-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `npm run -s stallscope -- ARGS`, without npm. */
function stallscope(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), ...args], {
      cwd: ROOT,
      env: { ...process.env, PORT: '', STALLSCOPE_DATA: join(directory, 'data'), NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ran: Ran = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      ran.stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      ran.stderr += chunk.toString('utf8');
    });
    child.on('close', (code) => resolve({ ...ran, code }));
  });
}

function config(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe('exit codes and words', () => {
  it('says which version it is', async () => {
    const { code, stdout, stderr } = await stallscope(['--version']);
    expect([code, stdout, stderr]).toEqual([0, `${VERSION}\n`, '']);
  });

  it.each([
    [['nonsense'], "stallscope: unknown command 'nonsense'\n"],
    [['check', '--nonsense'], "stallscope: unknown option '--nonsense'\n"],
    [['replay'], "stallscope: missing required argument 'dir'\n"],
    [['collect', '--shard', '4/3'], /^stallscope: --shard: .*4\/3/],
    [['explain', 'job', 'soon'], 'stallscope: STEP must be a step number, not "soon"\n'],
    [['check', '--config', '/nowhere.yaml'], 'stallscope: /nowhere.yaml: there is no such file\n'],
  ])('%j is bad usage: 2 and one line', async (args, message) => {
    const { code, stdout, stderr } = await stallscope(args);
    expect([code, stdout]).toEqual([2, '']);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });

  it('a typo in the configuration is told by file, line and key before anything starts', async () => {
    const file = config('typo.yaml', 'targets:\n  - name: leaf1\n    collector: host\n    intervall: 5s\n');
    const message = `stallscope: ${file}:4:5: targets[0].intervall: unknown key; did you mean "interval"?\n`;
    for (const command of ['up', 'collect', 'check', 'config']) {
      // `up` would build the dashboard first, which has nothing to do with this.
      const args = command === 'up' ? ['config', '--config', file] : [command, '--config', file];
      expect(await stallscope(args)).toEqual({ code: 2, stdout: '', stderr: message });
    }
  });

  it('a malformed recording is told by file', async () => {
    const { code, stdout, stderr } = await stallscope(['replay', directory, '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('fabric.json');
  });

  it('no monitor: 1, and what to do', async () => {
    const { code, stderr } = await stallscope(['incidents', '--url', 'http://127.0.0.1:9']);
    expect([code, stderr]).toEqual([
      1,
      'stallscope: no monitor answers at http://127.0.0.1:9; start one with "npm start", or give --url\n',
    ]);
  });
});

describe('check', () => {
  it('--json prints one document; secrets appear nowhere', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const dead = socket.address().port;
    const file = config(
      'check.yaml',
      `auths: {core: {version: 2c, community: hunter2}}
targets:
  - {name: silent, collector: snmp, address: "127.0.0.1:${dead}", auth: core}
  - {name: here, collector: host}
`,
    );
    const { code, stdout, stderr } = await stallscope(['check', '--config', file, '--json']);
    socket.close();
    const document = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(document.targets.map(({ target, ok }: { target: string; ok: boolean }) => [target, ok])).toEqual([
      ['silent', false],
      ['here', true],
    ]);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('asks 40 dead targets and one living together, not one after another', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const dead = Array.from({ length: 40 }, (_, index) => ({
      name: `dead${index}`,
      collector: 'snmp',
      address: `127.0.0.1:${silent.address().port}`,
      auth: 'core',
    }));
    const document = {
      auths: { core: { version: '2c', community: 'x' } },
      targets: [...dead, { name: 'here', collector: 'host' }],
    };
    const file = config('dead.yaml', JSON.stringify(document));
    const startedMs = Date.now();
    const { stdout } = await stallscope(['check', '--config', file, '--json']);
    silent.close();
    const { targets } = JSON.parse(stdout);
    expect(targets.filter(({ ok }: { ok: boolean }) => ok)).toHaveLength(1);
    expect(targets).toHaveLength(41);
    // One after another they would take 40 times a probe's own patience of several seconds.
    expect(Date.now() - startedMs).toBeLessThan(40_000);
  });
});

describe('config', () => {
  it('prints what is in force, secrets as ***', async () => {
    const file = config('config.yaml', 'auths: {core: {version: 2c, community: "${COMMUNITY}"}}\ntargets: []\n');
    const { code, stdout } = await stallscope(['config', '--config', file, '--json'], { COMMUNITY: 'hunter2' });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      auths: { core: { community: '***' } },
      store: { kind: 'embedded' },
      server: { host: '127.0.0.1' },
    });
    expect(stdout).not.toContain('hunter2');
  });
});

describe('a port that is taken', () => {
  let taken: Server;
  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  it.each([
    ['up', 'npm start'],
    ['demo', 'npm run demo'],
  ])('%s says which, and how to choose another', async (command, advice) => {
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await stallscope([command], { PORT: String(port) });
    const last = stderr.trim().split('\n').at(-1);
    expect(code).toBe(1);
    expect(last).toBe(
      `stallscope: port ${port} is already in use; choose another, for example PORT=${port + 1} ${advice}`,
    );
  });
});
