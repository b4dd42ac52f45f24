/** Calls back each time someone asks for the configuration to be read again (SIGHUP). */
export function onReload(callback: () => void): void {
  process.on('SIGHUP', callback);
}

/**
 * Resolves when this process should end: SIGINT, SIGTERM, or the process that started it is gone (even by kill -9),
 * which closes the channel between them.
 */
export function stopRequested(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
    if (process.channel) {
      process.on('disconnect', () => resolve('the starting process is gone'));
      process.channel.unref();
    }
  });
}
