import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultBaseConfig } from '../../lib/config/base.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { MonitorOptions } from '../../monitor/main.ts';
import { startMonitor } from '../../monitor/main.ts';

// Answers of a test server: each test says what it expects by comparing.
// biome-ignore lint/suspicious/noExplicitAny: a test reads deep into documents whose shape is what it checks
export type Json = any;

export interface TestMonitor {
  url: string;
  directory: string;
  get(
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; json: Json; text: string }>;
  post(
    path: string,
    body: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; json: Json; text: string }>;
  /** Stops the monitor and starts another on the same data. */
  restart(): Promise<TestMonitor>;
  close(): Promise<void>;
}

/** A monitor without pages on a free port with a data directory of its own. */
export async function testMonitor(
  options: Partial<MonitorOptions> = {},
  directory = mkdtempSync(join(tmpdir(), 'stallscope-monitor-')),
): Promise<TestMonitor> {
  const monitor = await startMonitor({
    config: defaultBaseConfig(),
    port: 0,
    dataDir: directory,
    logger: silentLogger,
    pages: false,
    ...options,
  });
  const url = `http://127.0.0.1:${monitor.port}`;
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    url,
    directory,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers = {}) => ask(path, { method: 'POST', body: body as BodyInit, headers }),
    restart: async () => {
      await monitor.close();
      return testMonitor(options, directory);
    },
    close: async () => {
      await monitor.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
