import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snmpPlugin } from '../../../collectors/snmp/index.ts';
import { interfaces, system } from './devices.ts';
import { FakeAgent } from './fake-agent.ts';
import { Recorder, running } from './recorder.ts';

describe('devices from a list', () => {
  let directory: string;
  let file: string;
  let agents: FakeAgent[];
  let recorder: Recorder;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'stallscope-list-'));
    file = join(directory, 'switches.json');
    recorder = new Recorder();
    agents = await Promise.all(
      ['leaf1', 'leaf2'].map((name) =>
        FakeAgent.start([
          ...system(name, '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
          ...interfaces([{ ifIndex: 1, name: 'Ethernet1/1' }]),
        ]),
      ),
    );
  });
  afterEach(() => {
    for (const agent of agents) agent.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Replaces the file as a program would: never half written. */
  const write = (text: string, name = file): void => {
    writeFileSync(`${name}.new`, text);
    renameSync(`${name}.new`, name);
  };
  const group = (agent: FakeAgent, labels: Record<string, string>) => ({ targets: [agent.address], labels });
  const source = (files = [file]) => {
    const config = snmpPlugin.configSchema.parse({
      name: 'fabric',
      discover: { files, refresh: '20ms' },
      auth: { version: '2c', community: 'public' },
      interval: '50ms',
      timeout: '500ms',
    });
    return snmpPlugin.create(config, recorder.context);
  };
  const seen = (device: string, from = 0) => recorder.frames.slice(from).some((frame) => frame.device === device);
  const listHealth = () => recorder.healths.filter(({ target }) => target === 'fabric').at(-1);

  it('are started and stopped as the list changes; the others go on', async () => {
    const [one, two] = agents as [FakeAgent, FakeAgent];
    write(JSON.stringify([group(one, { device: 'leaf1' })]));
    await running(source(), async () => {
      await recorder.until(() => seen('leaf1'));
      expect(seen('leaf2')).toBe(false);
      write(JSON.stringify([group(one, { device: 'leaf1' }), group(two, { instance: 'leaf2:161' })]));
      await recorder.until(() => seen('leaf2'));
      const asked = one.requests.filter(({ oids }) => oids.some((oid) => oid.join('.') === '1.3.6.1.2.1.31.1.1.1.18'));
      write(JSON.stringify([group(two, { device: 'leaf2' })]));
      const at = recorder.frames.length;
      await recorder.until(() => recorder.frames.slice(at).filter(({ device }) => device === 'leaf2').length > 5);
      const last = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > last + 3);
      expect(seen('leaf1', last)).toBe(false);
      // leaf1 was discovered once: a changed list starts no device anew.
      expect(asked).toHaveLength(1);
    });
    expect(recorder.healths.find(({ target }) => target === 'leaf2')).toMatchObject({ state: 'ok', device: 'leaf2' });
  });

  it('follow one that has moved to another address', async () => {
    const [one, two] = agents as [FakeAgent, FakeAgent];
    const yaml = join(directory, 'switches.yaml');
    write(`- targets: ['${one.address}']\n  labels: {device: leaf}\n`, yaml);
    await running(source([yaml]), async () => {
      await recorder.until(() => seen('leaf'));
      write(`- targets: ['${two.address}']\n  labels: {device: leaf}\n`, yaml);
      const told = () => recorder.healths.filter(({ target }) => target === 'leaf').at(-1);
      await recorder.until(() => told()?.address === two.address && told()?.state === 'ok');
    });
    expect(two.requests.length).toBeGreaterThan(0);
  });

  it.each([
    ['text that is no JSON', '[{', /switches\.json: /],
    ['another form', '{"leaf1": "10.0.0.1"}', /switches\.json: list: /],
    ['what is no address', '[{"targets": ["10.0.0.1:99999"]}]', /"10\.0\.0\.1:99999" is not host/],
  ])('stay as they are while the list is %s, and it is told', async (_, text, message) => {
    write(JSON.stringify([group(agents[0]!, { device: 'leaf1' })]));
    await running(source(), async () => {
      await recorder.until(() => seen('leaf1'));
      write(text);
      await recorder.until(() => (listHealth()?.lastError ?? null) !== null);
      const at = recorder.frames.length;
      await recorder.until(() => seen('leaf1', at + 2));
      expect(listHealth()).toMatchObject({ state: 'degraded', lastError: { message: expect.stringMatching(message) } });
      write(JSON.stringify([group(agents[0]!, { device: 'leaf1' })]));
      await recorder.until(() => listHealth()?.state === 'ok');
    });
  });

  it('of one name and two addresses are read once, and told', async () => {
    const [one, two] = agents as [FakeAgent, FakeAgent];
    write(JSON.stringify([group(one, { device: 'leaf' }), group(two, { device: 'leaf' })]));
    await running(source(), () => recorder.until(() => seen('leaf') && (listHealth()?.lastError ?? null) !== null));
    expect(listHealth()!.lastError!.message).toContain(`leaf is listed as ${one.address} and as ${two.address}`);
    expect(two.requests).toEqual([]);
  });

  it('are told to be missing when the list is', async () => {
    await running(source(), () => recorder.until(() => listHealth() !== undefined));
    expect(listHealth()).toMatchObject({ state: 'down', lastError: { message: expect.stringContaining('ENOENT') } });
    const probe = await source().probe(new AbortController().signal);
    expect(probe).toMatchObject({ ok: false, message: expect.stringContaining(file) });
  });

  it('are probed by the first of them', async () => {
    write(JSON.stringify(agents.map((agent, i) => group(agent, { device: `leaf${i + 1}` }))));
    const probe = await source().probe(new AbortController().signal);
    expect(probe.ok).toBe(true);
    expect(probe.message).toMatch(/^2 devices; the first, leaf1: Cisco NX-OS/);
  });

  it.each([
    [{}, /give an address, or lists of them/],
    [{ address: 'leaf1', discover: { files: ['a.json'] } }, /give an address, or lists of them/],
    [{ discover: { files: [] } }, /files/],
  ])('need either an address or lists: %o', (entry, message) => {
    const result = snmpPlugin.configSchema.safeParse({ name: 'x', auth: { version: '2c', community: 'c' }, ...entry });
    expect(String(result.error)).toMatch(message);
  });
});
