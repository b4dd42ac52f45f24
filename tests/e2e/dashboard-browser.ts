import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { ensureBuild } from '../../scripts/setup/build.mjs';
import type { FakeMode } from '../app/fake-fabric/index.ts';
import { ROOT } from './processes.ts';

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** The built dashboard in front of fixtures, with a browser to look at it. */
export interface Dashboard {
  base: string;
  browser: Browser;
  setMode(mode: FakeMode): Promise<void>;
  /** Cuts the event stream of every page, as a restart of the monitor does. */
  dropStreams(): Promise<void>;
  close(): Promise<void>;
}

export async function openDashboard(mode: FakeMode = 'storm'): Promise<Dashboard> {
  await ensureBuild();
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'tests/app/fake-monitor.ts'), mode, '--built'], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production', PORT: '0', NEXT_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const base = await firstAddress(child);
  const browser = await chromium.launch({
    executablePath: String(CHROMIUM),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  const tell = async (message: object) => {
    child.send(message);
    await once(child, 'message');
  };
  return {
    base,
    browser,
    setMode: (next) => tell({ mode: next }),
    dropStreams: () => tell({ drop: true }),
    close: async () => {
      await browser.close();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function firstAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (address !== undefined) resolve(address.replace('127.0.0.1', 'localhost'));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`the fixture monitor ended with code ${code}\n${said}`)));
  });
}
