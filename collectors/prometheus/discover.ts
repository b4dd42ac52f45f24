import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { CollectorError, errorMessage } from '../../lib/errors.ts';
import type { HttpReader } from './scrape.ts';

/** One exporter from a list. */
export interface FoundTarget {
  url: URL;
  device: string;
}

/** Lists a list may hold; Prometheus has no limit, one collector process does. */
const MOST_TARGETS = 10_000;
/** JSON, and YAML, which takes a hundred times as long to read. */
const LARGEST_LIST_BYTES = { json: 16 * 1024 * 1024, yaml: 1024 * 1024 };

/** @source https://prometheus.io/docs/prometheus/latest/http_sd/ and configuration (file_sd_config) */
const listSchema = z.array(
  z.object({
    targets: z.array(z.string().min(1)),
    labels: z.record(z.string(), z.coerce.string()).nullish(),
  }),
);

/**
 * Reads a list in the form of Prometheus's file and HTTP service discovery. Labels `device` (ours) or `instance` name
 * the device, else the host of the address does; `__scheme__` and `__metrics_path__` do what they do there.
 * @param where for messages: the file or address
 * @param form an address answers in JSON; files are YAML unless they are called .json
 * @throws CollectorError `malformed` naming the place
 */
export function readTargets(text: string, where: string, form: 'json' | 'yaml'): FoundTarget[] {
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
  const found: FoundTarget[] = [];
  for (const { targets, labels } of result.data) {
    for (const address of targets) found.push(targetOf(address, labels ?? {}, where));
  }
  if (found.length > MOST_TARGETS) {
    throw new CollectorError('too_large', `${where}: ${found.length} targets, more than ${MOST_TARGETS}`);
  }
  return found;
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

function targetOf(address: string, labels: Record<string, string>, where: string): FoundTarget {
  const path = labels.__metrics_path__ ?? '/metrics';
  const text = `${labels.__scheme__ ?? 'http'}://${address}${path.startsWith('/') ? path : `/${path}`}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[/@?#\s]/.test(address)) {
    throw new CollectorError('malformed', `${where}: "${address.slice(0, 100)}" is not host:port`);
  }
  const instance = labels.instance?.replace(/:\d+$/, '');
  return { url, device: labels.device || instance || url.hostname };
}

/** One list, read again and again. What cannot be read leaves the last good one in force. */
export class TargetList {
  private found: FoundTarget[] = [];
  private stamp = '';

  constructor(
    readonly where: string,
    private readonly http: HttpReader | undefined,
  ) {}

  get targets(): readonly FoundTarget[] {
    return this.found;
  }

  /** @throws CollectorError naming the list; `targets` is then as before */
  async refresh(signal: AbortSignal): Promise<void> {
    if (this.http !== undefined) {
      const { body } = await this.http.get(new URL(this.where), signal, 'application/json');
      this.found = readTargets(body.toString('utf8'), this.where, 'json');
      return;
    }
    try {
      const { mtimeMs, size, ino } = statSync(this.where);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.stamp) return;
      const form = this.where.endsWith('.json') ? 'json' : 'yaml';
      if (size > LARGEST_LIST_BYTES[form]) {
        const advice = form === 'yaml' ? ': write it as a .json file' : '';
        throw new CollectorError('too_large', `${this.where}: larger than ${LARGEST_LIST_BYTES[form]} bytes${advice}`);
      }
      this.found = readTargets(readFileSync(this.where, 'utf8'), this.where, form);
      this.stamp = stamp;
    } catch (error) {
      if (error instanceof CollectorError) throw error;
      const code = (error as NodeJS.ErrnoException).code;
      throw new CollectorError('not_found', `${this.where} cannot be read (${code ?? 'unknown reason'})`, {
        cause: error,
      });
    }
  }
}
