import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../tests/free-port.ts';

export const PEER = 'node_exporter, infiniband and netclass';
const COMMAND = '/usr/bin/prometheus-node-exporter';

export interface NodeExporter {
  pid: number;
  stop(): void;
}

/** Prometheus's node_exporter on a recorded tree, asked each second; undefined where it is not installed. */
export async function startNodeExporter(tree: string): Promise<NodeExporter | undefined> {
  if (!existsSync(COMMAND)) return undefined;
  const port = await freePort();
  const child = spawn(
    COMMAND,
    [
      `--web.listen-address=127.0.0.1:${port}`,
      `--path.sysfs=${tree}`,
      ...['--collector.disable-defaults', '--collector.infiniband', '--collector.netclass'],
    ],
    { stdio: 'ignore' },
  );
  const ask = () => get({ host: '127.0.0.1', port, path: '/metrics' }, (page) => page.resume()).on('error', () => {});
  await delay(500);
  const timer = setInterval(ask, 1000);
  return {
    pid: child.pid ?? 0,
    stop() {
      clearInterval(timer);
      child.kill('SIGKILL');
    },
  };
}
