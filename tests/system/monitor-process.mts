// A monitor in a process of its own, for tests that kill it: node --import tsx tests/system/monitor-process.mts DIR
import { defaultBaseConfig } from '../../lib/config/base.ts';
import { createLogger } from '../../lib/logger.ts';
import { startMonitor } from '../../monitor/main.ts';

const dataDir = process.argv[2] ?? '';
const monitor = await startMonitor({
  config: defaultBaseConfig(),
  port: 0,
  dataDir,
  logger: createLogger('monitor', 'warn'),
  pages: false,
});
process.send?.({ port: monitor.port });
process.on('SIGTERM', () => void monitor.close().then(() => process.exit(0)));
