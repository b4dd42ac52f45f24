import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

/** Keys of stallscope.yaml that the demo writes; any other key of an existing file is the reader's own and is kept. */
const OWNED_KEYS = ['auths', 'targets', 'links', 'devices', 'jobs', 'training'] as const;

type DemoConfig = Record<(typeof OWNED_KEYS)[number], unknown>;

const HEADER = `# Written by the demo fabric each time it starts: the keys ${OWNED_KEYS.join(', ')}.
# Other keys (receivers, retention, ...) are yours and stay.
`;

/** Writes the configuration that makes Stallscope watch the demo fabric. */
export function writeDemoConfig(file: string, config: DemoConfig, extra: Record<string, unknown> = {}): void {
  const kept = Object.entries(readExisting(file)).filter(
    ([key]) => !(OWNED_KEYS as readonly string[]).includes(key) && !(key in extra),
  );
  const document = { ...config, ...Object.fromEntries(kept), ...extra };
  writeFileSync(`${file}.new`, HEADER + stringify(document, { lineWidth: 0, collectionStyle: 'any' }));
  renameSync(`${file}.new`, file);
}

function readExisting(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  try {
    const document: unknown = parse(readFileSync(file, 'utf8'));
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {};
  } catch {
    // Not YAML any more: the demo's own file is written anew.
    return {};
  }
}
