import { z } from 'zod';
import type { CollectorPlugin } from '../lib/collect/types.ts';
import { anyAuthProfile } from '../lib/config/auths.ts';
import { baseShape, defaultBaseConfig } from '../lib/config/base.ts';
import { type Checked, checkValue, type LoadOptions, loadConfig, parseConfig } from '../lib/config/load.ts';
import type { ConfigPath, ConfigProblem } from '../lib/config/problem.ts';
import { nearest } from '../lib/config/suggest.ts';
import type { StallscopeConfig, TargetEntry } from '../lib/config/types.ts';

/** The plugins a configuration may name: collectors/registry.ts, or fewer in a test. */
export type Plugins = readonly CollectorPlugin[];

const rootSchema = z.strictObject({
  ...baseShape,
  targets: z.array(z.record(z.string(), z.unknown())).default([]),
  training: z.array(z.record(z.string(), z.unknown())).default([]),
});

/**
 * Reads stallscope.yaml.
 * @throws ConfigError naming file, line, column and key
 */
export function loadStallscopeConfig(file: string, plugins: Plugins, options?: LoadOptions): StallscopeConfig {
  return loadConfig(file, (raw) => checkStallscopeConfig(raw, file, plugins), options);
}

/** The same for text that has been read already; `file` is only for messages and relative paths. */
export function parseStallscopeConfig(
  text: string,
  file: string,
  plugins: Plugins,
  options?: LoadOptions,
): StallscopeConfig {
  return parseConfig(text, file, (raw) => checkStallscopeConfig(raw, file, plugins), options);
}

/** Without a file: this machine's own NICs. */
export function hostOnlyConfig(hostname: string, plugins: Plugins): StallscopeConfig {
  const raw = { targets: [{ name: hostname, collector: 'host' }] };
  const checked = checkStallscopeConfig(raw, null, plugins);
  return checked.value ?? { ...defaultBaseConfig(), file: null, targets: [] };
}

/** Checks a plain value: base sections by their schemas, each target by the schema of the collector it names. */
export function checkStallscopeConfig(raw: unknown, file: string | null, plugins: Plugins): Checked<StallscopeConfig> {
  const { value: root, problems: rootProblems } = checkValue(rootSchema, raw);
  const lists = rawLists(raw);
  const targets = lists.targets.map((entry, index) => checkTarget(entry, ['targets', index], raw, plugins));
  const training = lists.training.map((entry, index) =>
    checkTarget({ collector: 'training', ...entry }, ['training', index], raw, plugins),
  );
  const entries = [...targets, ...training];
  const problems = [...rootProblems, ...entries.flatMap((entry) => entry.problems)];
  problems.push(...repeatedNames(entries), ...repeatedJobs(root?.jobs ?? []));
  if (root === undefined || problems.length > 0) return { value: undefined, problems };
  const { targets: _targets, training: _training, ...base } = root;
  return { value: { ...base, file, targets: entries.flatMap((entry) => entry.value ?? []) }, problems: [] };
}

type RawTarget = Record<string, unknown>;

/** The entries that are mappings at all; what is not one has been named by the root schema. */
function rawLists(raw: unknown): { targets: RawTarget[]; training: RawTarget[] } {
  const root = isRecord(raw) ? raw : {};
  const list = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);
  return { targets: list(root.targets), training: list(root.training) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface CheckedTarget extends Checked<TargetEntry> {
  path: ConfigPath;
}

function checkTarget(target: RawTarget, path: ConfigPath, raw: unknown, plugins: Plugins): CheckedTarget {
  const fail = (key: string, message: string): CheckedTarget => ({
    path,
    value: undefined,
    problems: [{ path: [...path, key], message }],
  });
  const names = plugins.map((plugin) => plugin.name);
  const wanted = target.collector;
  if (wanted === undefined) return fail('collector', `is required: one of ${names.join(', ')}`);
  const plugin = plugins.find((candidate) => candidate.name === wanted);
  if (!plugin) {
    const meant = nearest(String(wanted), names);
    return fail(
      'collector',
      `there is no collector "${String(wanted)}"; ${meant ? `did you mean "${meant}"?` : `use one of ${names.join(', ')}`}`,
    );
  }
  const auth = resolveAuth(target.auth, raw);
  if (auth.problem) return fail('auth', auth.problem);
  const filled = auth.profile === undefined ? target : { ...target, auth: auth.profile };
  const { value, problems: all } = checkValue(plugin.configSchema, filled, path);
  const problems = auth.broken ? all.filter((problem) => problem.path[path.length] !== 'auth') : all;
  if (auth.broken && problems.length === 0) return { path, value: undefined, problems };
  if (problems.length > 0) return { path, value: undefined, problems };
  return { path, value: { collector: plugin.name, name: targetName(value, target), config: value }, problems: [] };
}

/** `auth: core` becomes the profile itself. A profile that is wrong has been named at its own place already. */
function resolveAuth(auth: unknown, raw: unknown): { profile?: unknown; problem?: string; broken?: boolean } {
  if (typeof auth !== 'string') return {};
  const auths = isRecord(raw) && isRecord(raw.auths) ? raw.auths : {};
  if (!Object.hasOwn(auths, auth)) {
    const names = Object.keys(auths);
    const meant = nearest(auth, names);
    const known = names.length === 0 ? 'there are none under auths' : `known are ${names.join(', ')}`;
    return { problem: `there is no auth profile "${auth}"; ${meant ? `did you mean "${meant}"?` : known}` };
  }
  const checked = anyAuthProfile.safeParse(auths[auth]);
  return checked.success ? { profile: auths[auth] } : { broken: true };
}

function targetName(config: unknown, target: RawTarget): string {
  const from = isRecord(config) ? config : target;
  const name = from.name ?? target.name ?? target.address ?? target.file ?? target.url ?? target.collector;
  return String(name);
}

function repeatedNames(entries: readonly CheckedTarget[]): ConfigProblem[] {
  const seen = new Set<string>();
  return entries.flatMap(({ value, path }) => {
    if (value === undefined) return [];
    if (!seen.has(value.name)) {
      seen.add(value.name);
      return [];
    }
    return [{ path: [...path, 'name'], message: `"${value.name}" names two targets; each needs its own name` }];
  });
}

function repeatedJobs(jobs: readonly { job: string }[]): ConfigProblem[] {
  const seen = new Set<string>();
  return jobs.flatMap(({ job }, index) => {
    if (!seen.has(job)) {
      seen.add(job);
      return [];
    }
    return [{ path: ['jobs', index, 'job'], message: `"${job}" is listed twice` }];
  });
}
