import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { readDocument } from './document.ts';
import { type ConfigPath, type ConfigProblem, pathText, problemsOf } from './problem.ts';

/** What a check of a value found: the value where it is good, else everything wrong with it. */
export interface Checked<T> {
  value: T | undefined;
  problems: ConfigProblem[];
}

/** Reads one value with a schema. @param prefix where in the document the value stands */
export function checkValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  prefix: ConfigPath = [],
): Checked<z.output<Schema>> {
  const result = schema.safeParse(value, { reportInput: false });
  if (result.success) return { value: result.data, problems: [] };
  return { value: undefined, problems: problemsOf(result.error.issues, (path) => keysAt(schema, path), prefix) };
}

export interface LoadOptions {
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and checks a configuration file.
 * @param check what a good value is, for example `(raw) => checkValue(schema, raw)`
 * @throws ConfigError: the first line names file, line, column and key; further problems follow, one a line
 */
export function loadConfig<T>(file: string, check: (raw: unknown) => Checked<T>, options: LoadOptions = {}): T {
  return parseConfig(readConfigFile(file), file, check, options);
}

/** The same for text that has been read already. */
export function parseConfig<T>(
  text: string,
  file: string,
  check: (raw: unknown) => Checked<T>,
  options: LoadOptions = {},
): T {
  const document = readDocument(text, file, options.env ?? process.env);
  if (document.value === undefined) throw configError(file, document.problems);
  const { value, problems } = check(document.value);
  const placed = problems.map((problem) => ({ ...problem, position: document.position(problem.path, problem.atKey) }));
  // A value that could not be filled is one mistake, whatever else its text would be taken for.
  const unfilled = new Set(document.problems.map(({ position }) => `${position.line}:${position.column}`));
  const own = placed.filter(({ position }) => !unfilled.has(`${position.line}:${position.column}`));
  if (document.problems.length > 0 || own.length > 0 || value === undefined) {
    throw configError(file, [...document.problems, ...own]);
  }
  return value;
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new ConfigError(`${file}: there is no such file`);
    throw new ConfigError(`${file}: cannot be read (${code ?? 'unknown reason'})`, { cause: error });
  }
}

function configError(file: string, problems: ReturnType<typeof readDocument>['problems']): ConfigError {
  const ordered = [...problems].sort(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  const lines = ordered.map(({ path, message, position }) => {
    const key = path.length === 0 ? '' : `${pathText(path)}: `;
    return `${file}:${position.line}:${position.column}: ${key}${message}`;
  });
  return new ConfigError(lines.length > 0 ? lines.join('\n') : `${file}: is not a usable configuration`);
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

const JSON_SCHEMAS = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = JSON_SCHEMAS.get(schema);
  if (known) return known;
  const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  JSON_SCHEMAS.set(schema, made);
  return made;
}

/** The keys a mapping at this place may have. */
function keysAt(schema: z.ZodType, path: ConfigPath): string[] {
  let nodes: JsonSchema[] = [jsonSchemaOf(schema)];
  for (const part of path) nodes = nodes.flatMap(alternatives).flatMap((node) => childOf(node, part));
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

function alternatives(node: JsonSchema): JsonSchema[] {
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return [node, ...inner.flatMap(alternatives)];
}

function childOf(node: JsonSchema, part: string | number): JsonSchema[] {
  if (typeof part === 'number') return node.items ? [node.items] : [];
  const child = node.properties?.[part] ?? node.additionalProperties;
  return typeof child === 'object' ? [child] : [];
}
