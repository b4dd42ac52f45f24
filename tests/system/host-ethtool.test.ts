import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EthtoolStatistics, FirstThatTells, statisticsReader } from '../../collectors/host/ethtool.ts';
import { IoctlStatistics } from '../../collectors/host/ioctl.ts';
import { statisticNames } from '../../collectors/host/statistics.ts';
import type { StatisticsReader } from '../../collectors/host/statistics-reader.ts';

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

describe.skipIf(!existsSync('/usr/sbin/ethtool'))('driver statistics without a command (beside ethtool)', () => {
  it('are those ethtool prints, less the rings, for every interface of this machine', async () => {
    process.env.PATH = path;
    const ioctl = new IoctlStatistics(5000);
    try {
      for (const netdev of readdirSync('/sys/class/net')) {
        const answer = await ioctl.read(netdev);
        const names = statisticNames(answer ?? Buffer.alloc(0));
        const printed = spawnSync('/usr/sbin/ethtool', ['-S', netdev]).stdout ?? Buffer.alloc(0);
        const all = statisticNames(printed);
        expect(names).toEqual(all.filter((name) => !/^(\[|(rx|tx|ch)\d|(rx|tx)_queue_\d)/.test(name)));
      }
      expect(await ioctl.read('nosuchif0')).toBeUndefined();
      expect(await ioctl.read('lo')).toBeUndefined();
    } finally {
      ioctl.close();
    }
  });
});

describe('two ways to driver statistics', () => {
  const telling = (answers: Record<string, string>) => {
    const asked: string[] = [];
    const reader: StatisticsReader = {
      read: async (netdev) => {
        asked.push(netdev);
        return answers[netdev] === undefined ? undefined : Buffer.from(answers[netdev]);
      },
      close: () => {},
    };
    return { reader, asked };
  };

  it('the first is asked; what only the second tells is asked there from then on', async () => {
    const first = telling({ eth0: 'by ioctl' });
    const second = telling({ eth0: 'by command', eth1: 'by command' });
    const both = new FirstThatTells(first.reader, second.reader);
    const answers = [];
    for (const netdev of ['eth0', 'eth1', 'eth2', 'eth0', 'eth1', 'eth2']) {
      answers.push((await both.read(netdev))?.toString());
    }
    const round = ['by ioctl', 'by command', undefined];
    expect(answers).toEqual([...round, ...round]);
    expect(first.asked).toEqual(['eth0', 'eth1', 'eth2', 'eth0', 'eth2']);
    expect(second.asked).toEqual(['eth1', 'eth2', 'eth1']);
  });
});
