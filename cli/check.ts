import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PLUGINS, pluginNamed } from '../collectors/registry.ts';
import { systemClock } from '../lib/clock.ts';
import type { CollectorContext, ProbeResult } from '../lib/collect/types.ts';
import type { StallscopeConfig, TargetEntry } from '../lib/config/types.ts';
import { errorMessage } from '../lib/errors.ts';
import { formatPlural } from '../lib/format/numbers.ts';
import { silentLogger } from '../lib/logger.ts';
import { probeStore } from '../lib/store/open.ts';
import { adviceOn } from './advice.ts';
import { configFileOf, configOf } from './context.ts';
import { print, printJson } from './output.ts';

/** No target may hold up the answer about the others for longer. */
const PROBE_TIMEOUT_MS = 15_000;
/** Probes under way at once: enough for a fabric with many dead targets, few enough for sockets. */
const CONCURRENCY = 64;

interface CheckedTarget extends ProbeResult {
  target: string;
  collector: string;
}

/** `stallscope check`: is the file good, does every target answer, and what can each one show? */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('check the configuration and probe every target')
    .option('--config <file>', 'configuration (default: ./stallscope.yaml)')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: { config?: string; json?: boolean }) => {
      const config = configOf(configFileOf(options.config), PLUGINS);
      const [store, targets] = await Promise.all([probeStore(config.store), probeAll(config)]);
      const failed = targets.filter((target) => !target.ok).length;
      const ok = failed === 0 && store.ok;
      if (options.json) printJson({ ok, file: config.file, store, advice: adviceOn(config), targets });
      else print(reportOf(config, store, targets, failed));
      process.exitCode = ok ? 0 : 1;
      // A probe that ignores its signal must not keep the command from ending.
      setTimeout(() => process.exit(), 1000).unref();
    });
}

/** Probes every target, at most CONCURRENCY at once, each with its own deadline. */
export async function probeAll(config: StallscopeConfig): Promise<CheckedTarget[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'stallscope-check-'));
  try {
    const context: CollectorContext = {
      sink: { readings() {}, links() {}, steps() {}, collectives() {}, jobs() {}, health() {} },
      clock: systemClock,
      logger: silentLogger,
      collectorId: 'check',
      stateDir,
    };
    const results: CheckedTarget[] = [];
    let next = 0;
    const worker = async () => {
      while (next < config.targets.length) {
        const index = next;
        next += 1;
        const entry = config.targets[index];
        if (entry) results[index] = await probe(entry, context);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    return results;
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function probe(entry: TargetEntry, context: CollectorContext): Promise<CheckedTarget> {
  const name = { target: entry.name, collector: entry.collector };
  const failed = (message: string): CheckedTarget => ({ ...name, ok: false, message, shows: [], cannotShow: [] });
  const deadline = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const gaveUp = new Promise<CheckedTarget>((resolve) => {
    const say = () => resolve(failed(`no answer within ${PROBE_TIMEOUT_MS / 1000} s`));
    deadline.addEventListener('abort', say, { once: true });
  });
  const probed = (async () => {
    const source = pluginNamed(entry.collector)?.create(entry.config, context);
    if (!source) return failed(`there is no collector "${entry.collector}"`);
    return { ...name, ...(await source.probe(deadline)) };
  })().catch((error: unknown) => failed(errorMessage(error)));
  return Promise.race([probed, gaveUp]);
}

function reportOf(
  config: StallscopeConfig,
  store: { ok: boolean; message: string },
  targets: readonly CheckedTarget[],
  failed: number,
): string {
  const lines = [
    `Configuration: ${config.file ?? "none, this machine's own NICs"}: good`,
    `  ${formatPlural(targets.length, 'target')}, ${formatPlural(config.links.length, 'link')}, ${formatPlural(config.jobs.length, 'job')}, ${formatPlural(config.receivers.length, 'receiver')}, store ${config.store.kind}`,
    '',
  ];
  if (!store.ok) lines.push(`FAILED  store: ${store.message}`);
  for (const target of targets) {
    const ports = target.ports === undefined ? '' : ` (${formatPlural(target.ports, 'port')})`;
    lines.push(`${target.ok ? 'ok    ' : 'FAILED'}  ${target.target} [${target.collector}]: ${target.message}${ports}`);
    if (target.shows.length > 0) lines.push(`          shows: ${target.shows.join(', ')}`);
    if (target.cannotShow.length > 0) lines.push(`          cannot show: ${target.cannotShow.join(', ')}`);
    for (const leaf of target.neverSent ?? []) lines.push(`          never sent: ${leaf}`);
  }
  for (const sentence of adviceOn(config)) lines.push(`note    ${sentence}`);
  const silent =
    failed > 0 ? `${failed} of ${formatPlural(targets.length, 'target')} failed.` : 'The store does not answer.';
  lines.push('', failed === 0 && store.ok ? 'Everything answers.' : silent);
  return lines.join('\n');
}
