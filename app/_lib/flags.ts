const FLAG_TEXT: Readonly<Record<string, string>> = {
  warmup: 'warm-up, not judged',
  excluded: 'not judged',
  'no-baseline': 'no baseline yet',
  averaged: 'a mean over several steps',
  'arrival-time': 'timed when its line arrived',
  'fail-slow': 'slow since a lasting shift',
  restart: 'restart',
  'slow-by-statistical': 'slow against its own spread',
  'slow-by-evidence': 'slow by direct evidence',
};

/** Flags of a step as people read them; one that is not known here keeps its own words. */
export function flagTexts(flags: readonly string[]): string[] {
  return flags
    .filter((flag) => !(flag === 'averaged' && flags.some((other) => other.startsWith('averaged-over-'))))
    .map((flag) => {
      if (Object.hasOwn(FLAG_TEXT, flag)) return FLAG_TEXT[flag] ?? flag;
      const over = /^averaged-over-(\d+)$/.exec(flag)?.[1];
      return over === undefined ? flag.replaceAll('-', ' ') : `a mean over ${over} steps`;
    });
}

/** The baseline of a step, or null where none was known when it was judged. */
export function knownBaseline(step: { baselineSeconds: number; flags: readonly string[] }): number | null {
  return step.baselineSeconds > 0 && !step.flags.includes('no-baseline') ? step.baselineSeconds : null;
}
