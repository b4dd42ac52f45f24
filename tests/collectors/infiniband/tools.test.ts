import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Commands } from '../../../collectors/infiniband/command.ts';
import { Tools } from '../../../collectors/infiniband/tools.ts';
import { killGroup } from '../../../lib/collect/kill-group.ts';

let directory: string;
const never = new AbortController().signal;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'infiniband-tools-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function tools(script: string, commands?: Commands): Tools {
  writeFileSync(join(directory, 'perfquery'), `#!/bin/sh\ncd '${directory}'\n${script}\n`, { mode: 0o755 });
  return new Tools({ toolsDirectory: directory }, commands);
}
const run = (own: Tools, timeoutMs: number, signal = never) => own.run('perfquery', ['-x'], timeoutMs, signal);

it('gives what a command printed, and why it ended early', async () => {
  expect(await run(tools('echo "$1"'), 5000)).toEqual({ text: '-x\n', failure: undefined });
  expect(await run(tools('echo half; echo broken >&2; exit 3'), 5000)).toEqual({
    text: 'half\n',
    failure: 'perfquery: broken',
  });
  await expect(run(tools('exit 3'), 5000)).rejects.toThrow('perfquery: failed without a word');
  await expect(run(tools('kill -9 $$'), 5000)).rejects.toThrow('perfquery: failed without a word');
});

it('ends a command with all that it has started', async () => {
  // The wrapper waits for a command of its own, which would go on alone.
  const own = tools('(sleep 0.5; touch survived)\necho');
  await expect(run(own, 100)).rejects.toThrow('perfquery did not end within 100 ms');
  await delay(700);
  expect(existsSync(join(directory, 'survived'))).toBe(false);
});

it('is stopped by its caller, before and while it runs', async () => {
  await expect(run(tools('sleep 60'), 60_000, AbortSignal.abort())).rejects.toThrow('perfquery was stopped');
  await expect(run(tools('sleep 60'), 60_000, AbortSignal.timeout(50))).rejects.toThrow('perfquery was stopped');
});

it('does not wait for commands that not even a kill ends, and starts no more than a few', async () => {
  const pids: number[] = [];
  const commands = new Commands((pid) => void pids.push(pid));
  const own = tools('exec sleep 60', commands);
  for (let count = 1; count <= 8; count++) {
    await expect(run(own, 20)).rejects.toThrow('did not end within 20 ms');
    expect(commands.stuck).toBe(count);
  }
  await expect(run(own, 20)).rejects.toThrow('8 commands do not end when they are killed: is the adapter well?');
  for (const pid of pids) killGroup(pid);
  while (commands.stuck > 0) await delay(5);
  await expect(run(own, 20)).rejects.toThrow('did not end within 20 ms');
  for (const pid of pids.splice(0)) killGroup(pid);
});
