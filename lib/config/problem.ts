import type { z } from 'zod';
import { nearest } from './suggest.ts';

/** A key of the document, from the top: ['targets', 0, 'interval']. */
export type ConfigPath = readonly (string | number)[];

/** One thing wrong with a configuration. The message never holds the value of a secret. */
export interface ConfigProblem {
  path: ConfigPath;
  message: string;
  /** The problem is the key itself (unknown), not its value. */
  atKey?: boolean;
}

/** targets[0].auth: how a path is written in messages. */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${keyText(part)}`;
  return text;
}

/** A key as it may be shown: one that is no plain word is a slip ("secret whsec_...", a colon forgotten) and may be a secret. */
function keyText(key: string): string {
  const [word = ''] = /^[\w-]*/.exec(key) ?? [];
  return word === key && key.length <= 32 ? key : `${word.slice(0, 16)}…`;
}

type Issue = z.core.$ZodIssue;

/**
 * Says a schema's issues in words, one problem per key.
 * @param knownKeys the keys a mapping at a path may have, for "did you mean"
 * @param prefix where in the document the checked value stands
 */
export function problemsOf(
  issues: readonly Issue[],
  knownKeys: (path: ConfigPath) => readonly string[],
  prefix: ConfigPath = [],
): ConfigProblem[] {
  const problems = issues.flatMap((issue) => problemsOfIssue(issue, knownKeys, prefix));
  // A misspelt key is one mistake, not also a missing one.
  const meant = new Set(problems.flatMap((problem) => (problem.meant ? [problem.meant] : [])));
  return problems
    .filter((problem) => problem.message !== REQUIRED || !meant.has(pathText(problem.path)))
    .map(({ meant: _, ...problem }) => problem);
}

const REQUIRED = 'is required';

/** A problem, with the path its key was probably meant to be. */
type MeantProblem = ConfigProblem & { meant?: string };

function problemsOfIssue(
  issue: Issue,
  knownKeys: (path: ConfigPath) => readonly string[],
  prefix: ConfigPath,
): MeantProblem[] {
  const inner = issue.path.filter((part) => typeof part !== 'symbol');
  const path = [...prefix, ...inner];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const meant = nearest(key, knownKeys(inner));
      const problem: MeantProblem = { path: [...path, key], message: 'unknown key', atKey: true };
      if (meant === undefined) return problem;
      return { ...problem, message: `unknown key; did you mean "${meant}"?`, meant: pathText([...path, meant]) };
    });
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest is the one that was meant.
    const branch = [...issue.errors].sort((a, b) => deepest(b) - deepest(a) || a.length - b.length)[0] ?? [];
    return problemsOf(branch, knownKeys, path);
  }
  return [{ path, message: messageOf(issue) }];
}

function deepest(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function messageOf(issue: Issue): string {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined && /received undefined/.test(issue.message)) return REQUIRED;
    const text = issue.message.replace(/^Invalid input: /, '').replace(', received', ', got');
    return /^expected string, got (number|boolean)$/.test(text) ? `${text}; put it in quotes` : text;
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    return allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(', ')}`;
  }
  return issue.message
    .replace(/^Invalid input: /, '')
    .replace(/^Invalid discriminator value\. Expected /, 'must be one of ')
    .replaceAll(' | ', ', ');
}
