import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EthtoolStatistics, statisticsReader } from '../../collectors/host/ethtool.ts';
import { statisticNames } from '../../collectors/host/statistics.ts';

let directory: string;
let reader: EthtoolStatistics;
const path = process.env.PATH;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ethtool-'));
  process.env.PATH = `${directory}:${path}`;
  reader = new EthtoolStatistics(300);
});
afterEach(() => {
  reader.close();
  process.env.PATH = path;
  rmSync(directory, { recursive: true, force: true });
});

/** Puts a command called ethtool first in the path. */
function ethtool(script: string): void {
  writeFileSync(join(directory, 'ethtool'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'ethtool'), 0o755);
}
const text = async (netdev: string) => (await reader.read(netdev))?.toString();

describe('driver statistics by the ethtool command', () => {
  it('asks for one interface after the other, with one shell', async () => {
    ethtool('echo "NIC statistics:"; echo "     asked: $1 $2"');
    const answers = await Promise.all(['eth0', 'eth1', 'eth2'].map(text));
    expect(answers.map((answer) => answer?.split('\n')[1]?.trim())).toEqual([
      'asked: -S eth0',
      'asked: -S eth1',
      'asked: -S eth2',
    ]);
  });

  it('has nothing to say of an interface without statistics', async () => {
    ethtool('echo "no stats available" >&2; exit 94');
    expect(await text('eth0')).toBeUndefined();
  });

  it('never passes on a name that is none', async () => {
    ethtool('echo "     asked: $2"');
    for (const name of ['-h', 'a b', 'x;reboot', '$(id)', '../x', '']) expect(await text(name)).toBeUndefined();
    expect(await text('eth0')).toContain('asked: eth0');
  });

  it('gives up on a driver that hangs, and answers for the next', async () => {
    ethtool('[ "$2" = bad0 ] && sleep 60; echo "     fine: 1"');
    expect(await text('bad0')).toBeUndefined();
    expect(await text('eth0')).toContain('fine: 1');
  });

  it('begins a new shell when the old one is gone', async () => {
    ethtool('[ "$2" = kill0 ] && kill -9 $PPID; echo "     fine: 1"');
    expect(await text('kill0')).toBeUndefined();
    expect(await text('eth0')).toContain('fine: 1');
  });

  it('reads large answers whole', async () => {
    ethtool('i=0; while [ $i -lt 5000 ]; do echo "     counter_$i: $i"; i=$((i+1)); done');
    const answer = await reader.read('eth0');
    expect(statisticNames(answer ?? Buffer.alloc(0)).length).toBe(5000);
  });

  it.runIf(existsSync('/usr/sbin/ethtool') && existsSync('/sys/class/net/eth0'))('reads a real interface', async () => {
    process.env.PATH = path;
    const real = statisticsReader('/sys', true);
    const answer = await real.read('eth0');
    real.close();
    expect(statisticNames(answer ?? Buffer.alloc(0)).length).toBeGreaterThan(0);
  });
});
