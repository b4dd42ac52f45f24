import { freePort } from '../free-port.ts';
import { type DatabaseServer, programPath, startServer } from './database-server.ts';

/** Debian's VictoriaMetrics, if it is installed. */
export const VICTORIA = programPath('victoria-metrics');

/** Starts it on a directory. @param port the one it had before, to start it again */
export async function startVictoria(directory: string, port?: number): Promise<DatabaseServer & { port: number }> {
  const own = port ?? (await freePort());
  const args = [
    `-storageDataPath=${directory}`,
    `-httpListenAddr=127.0.0.1:${own}`,
    '-retentionPeriod=100y',
    '-loggerLevel=ERROR',
  ];
  return { ...(await startServer(String(VICTORIA), own, args, '/health')), port: own };
}
