import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadStallscopeConfig, parseStallscopeConfig } from '../../collectors/config.ts';
import { PLUGINS } from '../../collectors/registry.ts';
import { ConfigError } from '../../lib/errors.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

const GOOD = `targets: [{name: leaf1, address: "10.0.0.11:161", collector: snmp, auth: core, interval: 5s}]
auths: {core: {version: 2c, community: "\${SNMP_COMMUNITY}"}}
links: [{a: leaf1/Ethernet1, b: gpu07/mlx5_0}]
jobs: [{job: llama, hosts: "gpu[07-09]"}]
store: {kind: embedded}
training: [{file: /var/log/train.log, format: auto, job: llama}]
receivers: [{kind: webhook, url: "http://127.0.0.1:9000/x", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
`;
const parse = (text: string, env: Record<string, string> = { SNMP_COMMUNITY: 's:e#cret' }) =>
  parseStallscopeConfig(text, 'stallscope.yaml', PLUGINS, { env });

function messageOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('a good configuration', () => {
  it('loads whole, with the profile in the place of its name and intervals in ms', () => {
    const config = parse(GOOD);
    expect(config.targets.map(({ name, collector }) => [name, collector])).toEqual([
      ['leaf1', 'snmp'],
      [expect.any(String), 'training'],
    ]);
    expect(config.targets[0]?.config).toMatchObject({
      address: '10.0.0.11:161',
      auth: { version: '2c', community: 's:e#cret' },
      interval: 5000,
    });
    expect(config.links).toEqual([
      { a: { device: 'leaf1', port: 'Ethernet1' }, b: { device: 'gpu07', port: 'mlx5_0' }, source: 'config' },
    ]);
    expect(config.jobs[0]?.hosts).toEqual(['gpu07', 'gpu08', 'gpu09']);
  });

  it('is allowed to be empty', () => {
    expect(parse('').targets).toEqual([]);
    expect(parse('# nothing yet\n').store).toEqual({ kind: 'embedded' });
  });

  it('keeps the slashes of a port name', () => {
    const { links } = parse('links: [{a: leaf3/Ethernet1/7, b: "gpu1/mlx5_0", rate: 400G}]');
    expect(links[0]).toMatchObject({ a: { device: 'leaf3', port: 'Ethernet1/7' }, linkRateBitsPerSec: 4e11 });
  });

  it('takes ranks as host/port in rank order or spelled out', () => {
    const { jobs } = parse('jobs: [{job: a, ranks: [g1/p0, {rank: 5, host: g2, port: 1}]}]');
    expect(jobs[0]?.ranks).toEqual([
      { rank: 0, device: 'g1', port: 'p0' },
      { rank: 5, device: 'g2', port: '1' },
    ]);
  });

  it('takes a secret from a file beside it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(directory, 'stallscope.yaml');
    writeFileSync(join(directory, 'community'), 'from-file\n');
    writeFileSync(file, GOOD.replace('community: "${SNMP_COMMUNITY}"', 'communityFile: community'));
    expect(loadStallscopeConfig(file, PLUGINS).auths.core).toMatchObject({ community: 'from-file' });
    rmSync(directory, { recursive: true });
  });

  it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml')))('example %s loads', (name) => {
    expect(loadStallscopeConfig(join(EXAMPLES, name), PLUGINS, { env: {} }).targets.length).toBeGreaterThan(0);
  });
});

describe('a bad configuration is told by file, line, column and key', () => {
  it.each([
    [
      'interval: 5s',
      'intervall: 5s',
      'stallscope.yaml:1:80: targets[0].intervall: unknown key; did you mean "interval"?',
    ],
    [
      'auth: core',
      'auth: cor',
      'stallscope.yaml:1:74: targets[0].auth: there is no auth profile "cor"; did you mean "core"?',
    ],
    // A key that is misspelt is one mistake, not also a missing one.
    ['auth: core', 'aut: core', 'stallscope.yaml:1:68: targets[0].aut: unknown key; did you mean "auth"?'],
    ['auth: core, ', '', 'stallscope.yaml:1:11: targets[0].auth: is required'],
    ['version: 2c', 'version: 2d', 'stallscope.yaml:2:25: auths.core.version: version must be 2c or 3'],
    ['community', 'comunity', 'stallscope.yaml:2:29: auths.core.comunity: unknown key; did you mean "community"?'],
    [
      'kind: embedded',
      'kind: sqlite',
      "stallscope.yaml:5:15: store.kind: must be one of 'embedded', 'influxdb', 'victoriametrics'",
    ],
    [
      'collector: snmp',
      'collector: snmpp',
      'stallscope.yaml:1:62: targets[0].collector: there is no collector "snmpp"; did you mean "snmp"?',
    ],
    [
      'a: leaf1/Ethernet1',
      'a: leaf1',
      'stallscope.yaml:3:13: links[0].a: "leaf1" is not a port; write it as device/port, for example leaf1/Ethernet1',
    ],
    ['targets:', 'tragets:', 'stallscope.yaml:1:1: tragets: unknown key; did you mean "targets"?'],
    ['gpu[07-09]', 'gpu[07-', 'stallscope.yaml:4:28: jobs[0].hosts: "gpu[07-" never closes its bracket'],
    [', hosts: "gpu[07-09]"', '', 'stallscope.yaml:4:8: jobs[0].hosts: give hosts or ranks, so that the job has ports'],
    [
      'interval: 5s',
      'interval: 5x',
      'stallscope.yaml:1:90: targets[0].interval: "5x" is not a duration; write it as 500ms, 10s, 5m or 1h30m',
    ],
    ['kind: webhook', 'kind: webhok', 'stallscope.yaml:7:20: receivers[0].kind: must be one of webhook'],
  ])('%s -> %s', (good, bad, message) => {
    expect(messageOf(GOOD.replace(good, bad)).split('\n')[0]).toBe(message);
  });

  it('a number where text is meant is told how to write it', () => {
    expect(messageOf('auths: {core: {version: 2c, community: 1234}}')).toBe(
      'stallscope.yaml:1:40: auths.core.community: expected string, got number; put it in quotes',
    );
  });

  it('broken YAML', () => {
    expect(messageOf('targets: [1')).toMatch(/^stallscope\.yaml:1:\d+: /);
    expect(messageOf('a: 1\na: 2\n')).toMatch(/^stallscope\.yaml:2:1: .*unique/);
  });

  it('a missing variable is named, with its place', () => {
    expect(() => parse(GOOD, {})).toThrow('stallscope.yaml:2:40: environment variable SNMP_COMMUNITY is not set');
  });

  it('a missing variable hides no other mistake, and is one mistake itself', () => {
    const text = `${GOOD.replace('interval', 'intervall')}server: {baseUrl: "\${BASE_URL}"}\n`;
    let message = '';
    try {
      parse(text, {});
    } catch (error) {
      message = (error as Error).message;
    }
    const lines = message.split('\n');
    expect(lines.filter((line) => line.includes('SNMP_COMMUNITY is not set'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('unknown key; did you mean "interval"?'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('BASE_URL is not set'))).toHaveLength(1);
    expect(lines).toHaveLength(3);
  });

  it('every problem has a line, the first in the file first', () => {
    const lines = messageOf(GOOD.replace('interval', 'intervall').replace('a: leaf1/Ethernet1', 'a: leaf1')).split(
      '\n',
    );
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^stallscope\.yaml:3:13: links/);
  });

  it('two targets of one name', () => {
    expect(messageOf(`${GOOD.replace('targets: [', 'targets: [{name: leaf1, collector: host}, ')}`)).toContain(
      'targets[1].name: "leaf1" names two targets',
    );
  });

  it('a file that is not there', () => {
    expect(() => loadStallscopeConfig('/nowhere/stallscope.yaml', PLUGINS)).toThrow(
      '/nowhere/stallscope.yaml: there is no such file',
    );
  });

  it('no message holds a secret', () => {
    const text = GOOD.replace('secret: whsec_Mf', 'secret: hunter2-').replace('version: 2c', 'version: 2d');
    const message = messageOf(text);
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('s:e#cret');
  });
});
