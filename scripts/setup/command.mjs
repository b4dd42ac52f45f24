import { spawn } from 'node:child_process';
import { root } from './root.mjs';

/**
 * Runs a program to its end with its output on our stderr.
 * @param options `started` is told its pid
 * @returns its exit code (127: it could not be started) and the end of what it said
 */
export function runProgram(command, args, { env = {}, quiet = false, started = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) started(child.pid);
    let tail = '';
    const hear = (chunk) => {
      tail = (tail + chunk).slice(-8000);
      if (!quiet) process.stderr.write(chunk);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error) => resolve({ code: 127, tail: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), tail }));
  });
}
