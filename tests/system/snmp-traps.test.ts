import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseStallscopeConfig } from '../../collectors/config.ts';
import { type Collector, startCollector } from '../../collectors/main.ts';
import { PLUGINS } from '../../collectors/registry.ts';
import { trapSubscribers } from '../../collectors/snmp/traps/subscribers.ts';
import { silentLogger } from '../../lib/logger.ts';
import { interfaces, system } from '../collectors/snmp/devices.ts';
import { FakeAgent } from '../collectors/snmp/fake-agent.ts';
import { freePort } from './snmp-daemon.ts';

const SNMPTRAP = '/usr/bin/snmptrap';
const installed = existsSync(SNMPTRAP);
const WHY = installed ? '' : ` (skipped: ${SNMPTRAP} is not there; apt-get install snmp)`;
const run = promisify(execFile);

const V2 = ['-v', '2c', '-c', 'public'];
const V3 = ['-v', '3', '-u', 'trapper', '-l', 'authPriv', '-a', 'SHA-256', '-A', 'maplesyrup', '-x', 'AES'];
const USER = [...V3, '-X', 'syrupmaple'];
const LINK_DOWN = ['', '1.3.6.1.6.3.1.1.5.3', '1.3.6.1.2.1.2.2.1.1.1', 'i', '1'];

describe.skipIf(!installed)(`traps of Debian's snmptrap at a running collector${WHY}`, () => {
  let directory: string;
  let monitor: Server;
  let agent: FakeAgent;
  let collector: Collector;
  let port: number;

  const start = async (auth: string): Promise<void> => {
    const yaml = `
auths: {core: ${auth}}
collector: {traps: {listen: '127.0.0.1:${port}'}}
targets: [{name: leaf1, collector: snmp, address: '${agent.address}', auth: core, interval: 1h, timeout: 20s}]
`;
    collector = await startCollector({
      config: parseStallscopeConfig(yaml, join(directory, 'stallscope.yaml'), PLUGINS),
      dataDir: join(directory, 'data'),
      monitorUrl: `http://127.0.0.1:${(monitor.address() as AddressInfo).port}`,
      logger: silentLogger,
    });
    // A source's code is loaded when it is first used: traps before that reach nobody.
    while (trapSubscribers.from('127.0.0.1').length === 0) await delay(5);
  };
  const send = (kind: 'trap' | 'inform', ...credentials: string[]) => {
    // A v3 trap has the sender's own engine; an inform asks for the receiver's.
    const options = kind === 'inform' ? ['-Ci', '-r', '0', '-t', '1'] : [];
    const env = { ...process.env, MIBS: '', SNMP_PERSISTENT_DIR: directory };
    return run(SNMPTRAP, [...options, ...credentials, `127.0.0.1:${port}`, ...LINK_DOWN], { env, timeout: 10_000 });
  };
  const requestsOver = async (count: number): Promise<void> => {
    while (agent.requests.length <= count) await delay(20);
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'snmp-traps-'));
    monitor = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(request.url?.startsWith('/api/v2/write') ? 204 : 202).end());
    });
    await new Promise<void>((resolve) => monitor.listen(0, '127.0.0.1', resolve));
    agent = await FakeAgent.start([
      ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm) nxos.10.5'),
      ...interfaces([{ ifIndex: 1, name: 'Ethernet1/1', rxBytes: 1n }]),
    ]);
    port = await freePort();
  });
  afterEach(async () => {
    await collector.close();
    agent.close();
    monitor.closeAllConnections();
    await new Promise((resolve) => monitor.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  });

  it('a trap has the device asked an hour early; an inform does too and is acknowledged', async () => {
    await start('{version: 2c, community: public}');
    expect(agent.requests).toEqual([]);
    await send('trap', ...V2);
    await requestsOver(0);
    while (collector.status().targets[0]?.state !== 'ok') await delay(20);
    const before = agent.requests.length;
    // snmptrap ends with an error where nobody acknowledges.
    await send('inform', ...V2);
    await requestsOver(before);
  });

  it('a wrong community is neither acted on nor acknowledged', async () => {
    await start('{version: 2c, community: public}');
    await expect(send('inform', '-v', '2c', '-c', 'guessed')).rejects.toThrow();
    expect(agent.requests).toEqual([]);
  });

  it('a v3 inform of the user is acknowledged, one with a wrong pass phrase is not', async () => {
    await start(
      '{version: 3, username: trapper, authProtocol: SHA256, password: maplesyrup, privProtocol: AES, privPassword: syrupmaple}',
    );
    await send('inform', ...USER);
    await expect(send('inform', ...USER, '-A', 'maplesirup')).rejects.toThrow();
  });
});
