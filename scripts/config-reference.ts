// Writes docs/configuration.md from the schemas that read the configuration: `npm run config-docs`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PLUGINS } from '../collectors/registry.ts';
import { baseShape } from '../lib/config/base.ts';
import { SECRET_KEYS } from '../lib/config/secrets.ts';

interface Node {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Node>;
  required?: string[];
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
  allOf?: Node[];
}

const FILE = join(import.meta.dirname, '../docs/configuration.md');

/** The whole page. */
export function configReference(): string {
  return `${HEAD}\n${baseSections().join('\n')}\n${collectorSections().join('\n')}\n`;
}

const HEAD = `# Configuration

<!-- Written by \`npm run config-docs\` from the schemas; change those. -->

One YAML file, \`stallscope.yaml\`, for monitor and collectors; \`examples/stallscope.yaml\` is a start. Without a file
\`npm start\` watches this machine's own NICs.

- Check it: \`npm run -s stallscope -- check --config stallscope.yaml\` names file, line, column and key of every mistake and
  probes every target. Print what is in force, secrets as \`***\`: \`npm run -s stallscope -- config\`.
- Values may use \`\${VAR}\`, \`\${VAR:-default}\` and \`\${VAR:?message}\`; \`$$\` is a literal \`$\`. They are filled in after the
  file has been read, so a password may hold \`:\` or \`#\`.
- Every secret (${SECRET_KEYS.map((key) => `\`${key}\``).join(', ')}) may be given as \`<key>File\`: the path of a file that
  holds it, relative to the configuration.
- Durations are written \`500ms\`, \`10s\`, \`5m\`, \`1h30m\`.
- After a change: \`kill -HUP\` the \`stallscope up\` process, or \`curl -X POST http://localhost:3000/-/reload\`. A bad file
  changes nothing and says why. \`server.host\`, \`store\` and \`retention\` need a restart.
- Environment: \`PORT\` (3000) is the monitor's port, \`STALLSCOPE_DATA\` (./data) the data directory, \`STALLSCOPE_LOG\`
  the log level (\`warn\` under \`up\` and \`demo\`, else \`info\`).
`;

function schemaOf(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Node;
}

function baseSections(): string[] {
  return Object.entries(baseShape).map(([key, schema]) => {
    const node = schemaOf(schema);
    return `## \`${key}\`\n\n${node.description ?? ''}.\n\n${sectionBody(key, node)}`;
  });
}

function collectorSections(): string[] {
  const names = PLUGINS.map((plugin) => `\`${plugin.name}\``).join(', ');
  const intro = `## \`targets\` and \`training\`

\`targets\` is a list of what is polled: switches, hosts. The settings of an entry follow from its \`collector\` (${names}).
\`auth\` names a profile under \`auths\`. \`training\` is a list of what steps are read from: each entry has the settings of the
collector \`training\`.
`;
  const tables = PLUGINS.map(
    (plugin) =>
      `### \`collector: ${plugin.name}\`\n\nWhat it reads and needs: \`collectors/${plugin.name}/README.md\`.\n\n${tableOf(schemaOf(plugin.configSchema))}`,
  );
  return [intro, ...tables];
}

/** The table of a section, whatever its shape: mapping, list of mappings, mapping by name, one of several. */
function sectionBody(key: string, node: Node): string {
  const inner = node.items ?? (typeof node.additionalProperties === 'object' ? node.additionalProperties : node);
  const shape = node.items ? `A list; each entry:\n\n` : inner === node ? '' : 'By name:\n\n';
  const branches = inner.oneOf ?? inner.anyOf;
  if (!branches) return `${shape}${tableOf(inner)}`;
  const discriminator = key === 'auths' ? 'version' : 'kind';
  return branches
    .map((branch) => {
      const value = branch.properties?.[discriminator]?.const;
      return `### \`${discriminator}: ${String(value)}\`\n\n${tableOf(branch)}`;
    })
    .join('\n');
}

function tableOf(node: Node): string {
  const rows = rowsOf(node, '');
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function rowsOf(node: Node, prefix: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = `${prefix}${name}`;
    const needed = node.required?.includes(name) && child.default === undefined;
    const row = `| \`${key}\` | ${valueText(child)} | ${defaultOf(child, needed === true)} | ${cell(child.description ?? '')} |`;
    const inner = child.items?.properties ? child.items : child;
    const nested = inner.properties ? rowsOf(inner, `${key}${child.items?.properties ? '[]' : ''}.`) : [];
    return [row, ...nested];
  });
}

function valueText(node: Node): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  const branches = node.anyOf ?? node.oneOf;
  if (branches) return [...new Set(branches.map(valueText))].join(' or ');
  if (node.type === 'array') return `list of ${node.items ? valueText(node.items) : 'values'}`;
  if (node.type === 'object') return 'mapping';
  if (node.type === 'string') return 'text';
  if (node.type === 'boolean') return '`true`, `false`';
  return typeof node.type === 'string' ? node.type : 'value';
}

function defaultOf(node: Node, needed: boolean): string {
  if (needed) return 'required';
  const value = node.default;
  if (value === undefined) return '';
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return '';
  return `\`${typeof value === 'object' ? JSON.stringify(value) : String(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, configReference());
