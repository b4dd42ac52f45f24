// Sets up what is missing, then runs the stallscope command with everything it was given. Node built-ins only: this
// runs before anything is installed.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild } from './setup/build.mjs';
import { checkNode, ensurePackages } from './setup/packages.mjs';
import { root } from './setup/root.mjs';
import { runMain } from './setup/say.mjs';

/** Commands that serve pages. */
const WITH_DASHBOARD = new Set(['up', 'demo', 'monitor']);

await runMain(async () => {
  const args = process.argv.slice(2);
  checkNode();
  await ensurePackages();
  const wantsHelp = args.includes('--help') || args.includes('-h');
  if (WITH_DASHBOARD.has(args[0]) && !wantsHelp) await ensureBuild();
  // The channel tells the command when this process is gone, however it went.
  const node = [...memoryFlags(args[0]), '--import', tsxUrl(), join(root, 'cli/main.ts'), ...args];
  const child = spawn(process.execPath, node, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  stopWithNpm(() => child.kill('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
});

/**
 * A collector runs beside a training job, where memory is somebody else's. V8 would let its space for new objects grow to
 * 48 MiB; with 2 it holds 25 MiB less and a fabric's collector uses a twentieth more CPU (bench host, snmp-fabric).
 */
function memoryFlags(command) {
  return command === 'collect' ? ['--max-semi-space-size=2'] : [];
}

/** tsx of this checkout, whatever the working directory is. */
function tsxUrl() {
  return new URL('../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
}

/**
 * `kill` of an `npm start` reaches npm, perhaps the shell it started, but not this process: one of those two has another
 * parent then. Started in any other way, losing the parent is how a program becomes a service, and means nothing.
 */
function stopWithNpm(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    stop();
  }, 500);
  timer.unref();
}

/** The parent of a process, where /proc tells. */
function parentOf(pid) {
  try {
    return /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
