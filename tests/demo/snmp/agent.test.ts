import snmp from 'net-snmp';
import { afterEach, describe, expect, it } from 'vitest';
import { TotalCounters } from '../../../demo/fabric/totals.ts';
import { CommunityAccess } from '../../../demo/snmp/access.ts';
import { SnmpAgent } from '../../../demo/snmp/agent.ts';
import { engineOf, ifIndexOf, nexusView } from '../../../demo/snmp/nexus.ts';
import { freshFabric } from '../fabric/small-cluster.ts';

const IF_HC_IN_OCTETS = '1.3.6.1.2.1.31.1.1.1.6';
const PFC_WAIT_RX = '1.3.6.1.4.1.9.9.813.1.4.1.2';
const LLDP_REM_SYS_NAME = '1.0.8802.1.1.2.1.4.1.1.9';

const open: { stop(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function startAgent(): Promise<{
  agent: SnmpAgent;
  session: snmp.Session;
  port: number;
  fabric: ReturnType<typeof freshFabric>['fabric'];
  refreshed: () => number;
}> {
  const { fabric, cluster } = freshFabric();
  fabric.advance(5000);
  let refreshes = 0;
  const agent = new SnmpAgent({
    access: new CommunityAccess('demo'),
    view: nexusView({
      network: fabric.network,
      totals: new TotalCounters(fabric.network, () => 2n ** 53n + 1n),
      device: cluster.topology.leaves[0]!,
      uptimeMs: () => fabric.nowMs,
      engine: engineOf('leaf0', 3, () => fabric.nowMs),
    }),
    refresh: () => refreshes++,
  });
  const port = await agent.start();
  open.push(agent);
  const session = snmp.createSession('127.0.0.1', 'demo', {
    port,
    version: snmp.Version2c,
    retries: 0,
    timeout: 2000,
  });
  open.push({ stop: () => void session.close() });
  return { agent, session, port, fabric, refreshed: () => refreshes };
}

type Varbind = { oid: string; type: number; value: unknown };

function get(session: snmp.Session, oids: string[]): Promise<Varbind[]> {
  return new Promise((resolve, reject) => {
    session.get(oids, (error: Error | null, varbinds: unknown) =>
      error ? reject(error) : resolve(varbinds as Varbind[]),
    );
  });
}

function walk(session: snmp.Session, oid: string, repetitions: number): Promise<Varbind[]> {
  return new Promise((resolve, reject) => {
    const seen: Varbind[] = [];
    session.subtree(
      oid,
      repetitions,
      (varbinds: unknown) => void seen.push(...(varbinds as Varbind[])),
      (error: Error | null | undefined) => (error ? reject(error) : resolve(seen)),
    );
  });
}

function counter(value: unknown): bigint {
  return BigInt(`0x${(value as Buffer).toString('hex')}`);
}

describe('a demo switch over SNMP', () => {
  it('says who it is', async () => {
    const { session } = await startAgent();
    const [descr, id, name, boots] = await get(session, [
      '1.3.6.1.2.1.1.1.0',
      '1.3.6.1.2.1.1.2.0',
      '1.3.6.1.2.1.1.5.0',
      '1.3.6.1.6.3.10.2.1.2.0',
    ]);
    expect(String(descr!.value)).toContain('NX-OS(tm)');
    expect(id!.value).toMatch(/^1\.3\.6\.1\.4\.1\.9\.12\.3\.1\.3\./);
    expect(String(name!.value)).toBe('leaf0');
    expect(boots!.value).toBe(3);
  });

  it('gives 64-bit counters without losing a bit', async () => {
    const { session, fabric } = await startAgent();
    const [octets] = await get(session, [`${IF_HC_IN_OCTETS}.${ifIndexOf(1)}`]);
    const port = fabric.options.topology.devices[fabric.options.topology.leaves[0]!]!.ports[0]!;
    const moved = BigInt(Math.floor(fabric.network.counters.rxBytes[port]!));
    expect(moved).toBeGreaterThan(0n);
    expect(counter(octets!.value)).toBe(2n ** 53n + 1n + moved);
  });

  it('gives the same table whatever the repetitions of GetBulk', async () => {
    const { session } = await startAgent();
    const one = await walk(session, PFC_WAIT_RX, 1);
    expect(one).toHaveLength(6 * 8);
    for (const repetitions of [7, 20, 100]) expect(await walk(session, PFC_WAIT_RX, repetitions)).toEqual(one);
  });

  it('names its neighbours over LLDP, hosts and switches', async () => {
    const { session } = await startAgent();
    const names = (await walk(session, LLDP_REM_SYS_NAME, 20)).map(({ value }) => String(value));
    expect(names).toEqual(['host00', 'host01', 'host02', 'host03', 'spine0', 'spine1']);
  });

  it('serves objects in ascending order from the first to the end of the view', async () => {
    const { session } = await startAgent();
    const all = await walk(session, '1', 50);
    expect(all.length).toBeGreaterThan(400);
    const keys = all.map(({ oid }) =>
      oid
        .split('.')
        .map((part) => part.padStart(10, '0'))
        .join('.'),
    );
    expect(keys).toEqual([...keys].sort());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('brings the model up to now before each answer', async () => {
    const { session, refreshed } = await startAgent();
    await get(session, ['1.3.6.1.2.1.1.3.0']);
    await get(session, ['1.3.6.1.2.1.1.3.0']);
    expect(refreshed()).toBe(2);
  });

  it('says noSuchInstance for what it does not have', async () => {
    const { session } = await startAgent();
    const [absent] = await get(session, ['1.3.6.1.2.1.99.1.0']);
    expect(absent!.type).toBe(snmp.ObjectType.NoSuchInstance);
  });

  it('is silent to a wrong community, another version and broken datagrams', async () => {
    const { agent } = await startAgent();
    const good = request('demo', 1);
    expect(agent.answer(good)).toBeDefined();
    expect(agent.answer(request('wrong', 1))).toBeUndefined();
    expect(agent.answer(request('demo', 0))).toBeUndefined();
    for (let length = 0; length < good.length; length++) expect(agent.answer(good.subarray(0, length))).toBeUndefined();
    for (let position = 0; position < good.length; position++) {
      const bent = Buffer.from(good);
      bent[position] = (bent[position]! + 0x55) & 0xff;
      expect(() => agent.answer(bent)).not.toThrow();
    }
  });

  it('takes another port when the wanted one is taken', async () => {
    const { port } = await startAgent();
    const { fabric } = freshFabric();
    const view = nexusView({
      network: fabric.network,
      totals: new TotalCounters(fabric.network, () => 0n),
      device: fabric.options.topology.leaves[0]!,
      uptimeMs: () => 0,
      engine: engineOf('leaf0', 1, () => 0),
    });
    const second = new SnmpAgent({ access: new CommunityAccess('demo'), view, port });
    open.push(second);
    expect(await second.start()).not.toBe(port);
  });
});

/** A Get of sysUpTime, written out by hand. */
function request(community: string, version: number): Buffer {
  const name = [0x06, 0x08, 0x2b, 6, 1, 2, 1, 1, 3, 0];
  const bind = [0x30, name.length + 2, ...name, 0x05, 0];
  const list = [0x30, bind.length, ...bind];
  const pdu = [0x02, 1, 7, 0x02, 1, 0, 0x02, 1, 0, ...list];
  const text = [...Buffer.from(community)];
  const body = [0x02, 1, version, 0x04, text.length, ...text, 0xa0, pdu.length, ...pdu];
  return Buffer.from([0x30, body.length, ...body]);
}
