import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestMonitor, testMonitor } from '../monitor/helpers.ts';

/** Debian packages prometheus and victoria-metrics. */
const SENDERS = [
  {
    program: '/usr/bin/prometheus',
    args: (config: string, directory: string) => [
      `--config.file=${config}`,
      `--storage.agent.path=${directory}/agent`,
      '--enable-feature=agent',
      '--web.listen-address=127.0.0.1:0',
    ],
    writes: true,
  },
  {
    program: '/usr/bin/vmagent',
    args: (config: string, directory: string, url: string) => [
      `-promscrape.config=${config}`,
      '-promscrape.config.strictParse=false',
      `-remoteWrite.url=${url}`,
      `-remoteWrite.tmpDataPath=${directory}/queue`,
      '-remoteWrite.flushInterval=500ms',
      '-httpListenAddr=127.0.0.1:0',
    ],
    writes: false,
  },
];

describe.each(SENDERS)('$program', ({ program, args, writes }) => {
  const installed = existsSync(program);
  const why = installed ? '' : ` (skipped: ${program} is not installed)`;
  let directory: string;
  let monitor: TestMonitor;
  let exporter: Server;
  let sender: ChildProcess;
  beforeAll(async () => {
    if (!installed) return;
    directory = mkdtempSync(join(tmpdir(), 'remote-write-'));
    monitor = await testMonitor();
    const started = Date.now();
    exporter = createServer((_, response) => {
      // A counter that grows by 10^9 bytes a second beyond 2^53, as a busy 400 Gbit/s port's does in two days.
      const bytes = 2 ** 53 + Math.round((Date.now() - started) * 1e6);
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(
        `node_infiniband_port_data_received_bytes_total{device="mlx5_0",port="1"} ${bytes}\n` +
          `node_infiniband_port_transmit_wait_total{device="mlx5_0",port="1"} 7\n` +
          'node_load1 0.5\n',
      );
    });
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
    const address = exporter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const config = join(directory, 'config.yml');
    const scrape = [
      'global: {scrape_interval: 1s, scrape_timeout: 1s}',
      'scrape_configs:',
      '  - job_name: node',
      '    static_configs:',
      `      - targets: ["127.0.0.1:${port}"]`,
      '        labels: {instance: "gpu07:9100"}',
    ];
    const remote = [
      'remote_write:',
      `  - url: ${monitor.url}/api/v1/write`,
      '    queue_config: {batch_send_deadline: 500ms, min_shards: 4}',
    ];
    writeFileSync(config, [...scrape, ...(writes ? remote : [])].join('\n'));
    sender = spawn(program, args(config, directory, `${monitor.url}/api/v1/write`), { stdio: 'ignore' });
  }, 30_000);
  afterAll(async () => {
    if (!installed) return;
    const gone = new Promise((resolve) => sender.once('exit', resolve));
    sender.kill();
    await gone;
    exporter.close();
    await monitor.close();
    rmSync(directory, { recursive: true });
  });

  it.skipIf(!installed)(
    `writes what it scrapes, and the port's traffic is right${why}`,
    async () => {
      let values: number[] = [];
      for (let tries = 0; tries < 300 && values.length < 4; tries++) {
        await delay(100);
        const { json } = await monitor.get(
          '/api/v1/series?device=gpu07&port=mlx5_0&field=rxBytesPerSec&priority=none&from=now-5m&to=now',
        );
        values = json.series[0]?.values ?? [];
      }
      expect(values.length).toBeGreaterThanOrEqual(4);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      // The sender's time of a scrape is when it meant to begin it.
      expect(mean).toBeGreaterThan(0.7e9);
      expect(mean).toBeLessThan(1.3e9);
      const metrics = (await monitor.get('/metrics')).text;
      expect(metrics).toMatch(/stallscope_unknown_points\{measurement="node_load1"\} [1-9]/);
      expect(metrics).toMatch(/stallscope_ingest_points_total\{result="refused"\} 0/);
    },
    60_000,
  );
});
