import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { PLUGINS } from '../collectors/registry.ts';
import { parseInjection } from '../demo/live/control.ts';
import { createLogger } from '../lib/logger.ts';
import { configOf, dataDirOf, portOf } from './context.ts';
import { injectIntoRunning, parseFault } from './demo-faults.ts';
import { print, tell } from './output.ts';
import { refuseSecondOwner, refuseTakenPort, runAll, runningOwner } from './up.ts';

interface DemoCommandOptions {
  fault?: string[];
  script: boolean;
  port?: string;
  receiver?: string;
  receiverSecret?: string;
}

const DEFAULT_DATA = './data/demo';

/** `stallscope demo`: the same on a model fabric that is served over the real protocols. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('run everything on the demo fabric, with a scripted pause storm and incast')
    .option(
      '--fault <kind...>',
      'inject more: KIND[,at=SECONDS][,for=SECONDS][,strength=X][,on=LEAF]; into the demo that runs already, if one does',
    )
    .option('--no-script', 'nothing goes wrong but what --fault asks for')
    .option('--port <port>', 'port of the dashboard (default: the environment variable PORT, else 3000)')
    .option('--receiver <url>', 'also send signed webhooks to this URL')
    .option(
      '--receiver-secret <whsec>',
      'signing secret of that receiver (default: STALLSCOPE_RECEIVER_SECRET, else a new one that is printed)',
    )
    .action(async (options: DemoCommandOptions) => {
      process.exitCode = await demo(options);
    });
}

async function demo(options: DemoCommandOptions): Promise<number> {
  const dataDir = dataDirOf(DEFAULT_DATA);
  const wanted = options.fault ?? [];
  if (wanted.length > 0 && runningOwner(dataDir) !== undefined) {
    for (const text of wanted) {
      const planned = await injectIntoRunning(dataDir, parseFault(text, null));
      print(`injected into the running demo: ${JSON.stringify(planned)}`);
    }
    return 0;
  }
  const port = portOf(options.port);
  const faults = wanted.map((text, index) => parseFault(text, index));
  for (const fault of faults) parseInjection(fault);
  refuseSecondOwner(dataDir);
  await refuseTakenPort('127.0.0.1', port, 'npm run demo');
  const { startDemo } = await import('../demo/main.ts');
  const fabric = await startDemo({
    dataDir,
    monitorUrl: `http://127.0.0.1:${port}`,
    script: options.script,
    faults,
    extraConfig: receiverConfig(options),
    logger: createLogger('demo', process.env.STALLSCOPE_LOG ?? 'warn'),
  });
  try {
    const config = configOf(fabric.configFile, PLUGINS);
    return await runAll({ configFile: fabric.configFile, config, port, dataDir, after: tellDemo });
  } finally {
    await fabric.close();
  }
}

/** The receiver of `--receiver`, as it stands in the demo's stallscope.yaml. */
function receiverConfig({ receiver, receiverSecret }: DemoCommandOptions): Record<string, unknown> {
  if (receiver === undefined) return {};
  const given = receiverSecret ?? process.env.STALLSCOPE_RECEIVER_SECRET;
  const secret = given ?? `whsec_${randomBytes(32).toString('base64')}`;
  if (given === undefined) tell(`Webhooks are signed with ${secret}`);
  // A "$" in either is literal, not a variable of the configuration.
  const literal = (text: string) => text.replaceAll('$', '$$$$');
  return { receivers: [{ kind: 'webhook', name: 'demo', url: literal(receiver), secret: literal(secret) }] };
}

function tellDemo(): void {
  tell('After about a minute a NIC begins to pause its switch: watch Overview name the port, then open the slow step.');
  tell('More: npm run -s stallscope -- demo --fault incast (while this runs)\n');
}
