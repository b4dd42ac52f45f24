import { parse } from 'yaml';
import { z } from 'zod';
import { CollectorError, errorMessage } from '../errors.ts';

/** One address of a list, with the labels of its group. */
export interface TargetEntry {
  address: string;
  labels: Readonly<Record<string, string>>;
}

/** Targets a list may name; Prometheus has no limit, one collector process does. */
const MOST_TARGETS = 10_000;

/** @source https://prometheus.io/docs/prometheus/latest/http_sd/ and configuration (file_sd_config) */
const listSchema = z.array(
  z.object({
    targets: z.array(z.string().min(1)),
    labels: z.record(z.string(), z.coerce.string()).nullish(),
  }),
);

/**
 * Reads a list in the form of Prometheus's file and HTTP service discovery: groups of addresses with labels.
 * @param where for messages: the file or address
 * @param form an address answers in JSON; files are YAML unless they are called .json
 * @throws CollectorError `malformed` or `too_large` naming the place
 */
export function readTargetEntries(text: string, where: string, form: 'json' | 'yaml'): TargetEntry[] {
  let raw: unknown;
  try {
    raw = form === 'json' ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    throw new CollectorError('malformed', `${where}: ${errorMessage(error).split('\n')[0]}`, { cause: error });
  }
  const result = listSchema.safeParse(raw);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new CollectorError('malformed', `${where}: ${issue?.path.join('.') || 'list'}: ${issue?.message}`);
  }
  const entries = result.data.flatMap(({ targets, labels }) =>
    targets.map((address): TargetEntry => ({ address, labels: labels ?? {} })),
  );
  if (entries.length > MOST_TARGETS) {
    throw new CollectorError('too_large', `${where}: ${entries.length} targets, more than ${MOST_TARGETS}`);
  }
  return entries;
}

/**
 * Name of the device an entry stands for: its label `device` (ours), else `instance` without its port, else the host
 * of the address.
 */
export function deviceOf(labels: TargetEntry['labels'], host: string): string {
  return labels.device || labels.instance?.replace(/:\d+$/, '') || host;
}

/** Deeper than any list of targets, and far from where the YAML parser's recursion ends the process. */
const DEEPEST = 64;
const NESTED_LINE = new RegExp(`^(?:[ \\t]*[-?:](?=[ \\t\\r\\n])){${DEEPEST}}|^[ \\t]{${DEEPEST}}`, 'm');

/** @throws Error where it is no YAML, or nested as no list is */
function parseYaml(text: string): unknown {
  let depth = 0;
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (Math.abs(depth) > DEEPEST) throw new Error(`more than ${DEEPEST} brackets are open or closed in a row`);
  }
  if (NESTED_LINE.test(text)) throw new Error(`nested more than ${DEEPEST} deep`);
  return parse(text, { maxAliasCount: 0, prettyErrors: false, logLevel: 'error' });
}
