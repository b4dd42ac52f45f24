// Sets up what is missing, then runs the stallscope command with everything it was given. Node built-ins only: this
// runs before anything is installed.
import { spawn } from 'node:child_process';
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
  const child = spawn(process.execPath, ['--import', tsxUrl(), join(root, 'cli/main.ts'), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
});

/** tsx of this checkout, whatever the working directory is. */
function tsxUrl() {
  return new URL('../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
}
