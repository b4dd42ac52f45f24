import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { infinibandPlugin } from '../../collectors/infiniband/index.ts';
import { snmpPlugin } from '../../collectors/snmp/index.ts';
import { collectorContext } from '../collector-context.ts';
import { describeCollector } from '../contracts/collector.ts';
import { ibsimInstalled, type SimulatedFabric, startFabric, WHY_NO_IBSIM } from './ibsim.ts';
import { COMMUNITY, type Daemon, freePort, snmpdInstalled, startSnmpd, WHY_SKIPPED } from './snmp-daemon.ts';

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await delay(50);
}

/** The contract on plugins whose peers are processes; the others meet it in tests/collectors/contract.test.ts. */
describe.skipIf(!snmpdInstalled)(`against snmpd${WHY_SKIPPED}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'collector-contract-'));
  let daemon: Daemon;
  let deadPort: number;
  beforeAll(async () => {
    daemon = await startSnmpd();
    deadPort = await freePort();
    await until(async () => (await openProbe()).ok);
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const openProbe = () => {
    const context = collectorContext({}, { stateDir: directory });
    const config = snmpPlugin.configSchema.parse(target('leaf1', daemon.port));
    return snmpPlugin.create(config, context).probe(AbortSignal.timeout(5000));
  };
  const target = (name: string, port: number) => ({
    name,
    collector: 'snmp',
    address: `127.0.0.1:${port}`,
    auth: { version: '2c', community: COMMUNITY },
    interval: '200ms',
    timeout: '300ms',
    retries: 0,
    ports: { include: ['.*'] },
  });
  describeCollector(snmpPlugin, {
    good: () => target('leaf1', daemon.port),
    dead: () => target('leaf2', deadPort),
    secret: COMMUNITY,
  });
});

describe.skipIf(!ibsimInstalled)(`against ibsim${WHY_NO_IBSIM}`, () => {
  let fabric: SimulatedFabric;
  beforeAll(async () => {
    fabric = await startFabric();
  });
  afterAll(() => fabric.stop());

  const target = (toolsDirectory: string) => ({
    name: 'fabric',
    collector: 'infiniband',
    interval: '100ms',
    toolsDirectory,
  });
  describeCollector(infinibandPlugin, {
    good: () => target(fabric.toolsDirectory),
    dead: (directory) => target(join(directory, 'none')),
  });
});
