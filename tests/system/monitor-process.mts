// A monitor in a process of its own, for tests that kill it: monitor-process.mts DIR [STORE], STORE as JSON
import { defaultBaseConfig } from '../../lib/config/base.ts';
import { createLogger } from '../../lib/logger.ts';
import { storeSchema } from '../../lib/store/config.ts';
import { startMonitor } from '../../monitor/main.ts';

const [, , dataDir = '', store = '{"kind": "embedded"}'] = process.argv;
const monitor = await startMonitor({
  config: { ...defaultBaseConfig(), store: storeSchema.parse(JSON.parse(store)) },
  port: 0,
  dataDir,
  logger: createLogger('monitor', 'warn'),
  pages: false,
});
process.send?.({ port: monitor.port });
process.on('SIGTERM', () => void monitor.close().then(() => process.exit(0)));
