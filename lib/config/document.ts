import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { errorMessage } from '../errors.ts';
import { expandVariables } from './expand.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { secretOfFileKey } from './secrets.ts';

/** Where something stands in the file; both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A read configuration file: its plain value, what was wrong with the text itself, and where each key stands. */
export interface ConfigDocument {
  /** undefined where the text is no YAML; a scalar that could not be filled keeps its own text. */
  value: unknown;
  problems: (ConfigProblem & { position: Position })[];
  /** The position of a key's value (or of the key); of the nearest mapping around it where it is absent. */
  position(path: ConfigPath, atKey?: boolean): Position;
}

interface Reading {
  document: Document;
  at(offset: number | undefined): Position;
  problems: ConfigDocument['problems'];
}

/**
 * Reads YAML, fills variables in scalar values and replaces `<secret>File` keys by the content of the file.
 * @param file its name, for messages and for relative secret files
 */
export function readDocument(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: 'error',
  });
  const at = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const reading: Reading = { document, at, problems: [] };
  // What follows the first syntax error is mostly its consequence.
  const [error] = document.errors;
  if (error) {
    reading.problems.push({ path: [], message: syntaxMessage(error.message), position: at(error.pos[0]) });
    return { value: undefined, problems: reading.problems, position: () => at(0) };
  }
  expandScalars(reading, env);
  readSecretFiles(reading, file);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    reading.problems.push({ path: [], message: syntaxMessage(errorMessage(error)), position: at(0) });
  }
  return {
    value,
    problems: reading.problems,
    position: (path, atKey = false) => positionOf(reading, path, atKey),
  };
}

/** The parser's first sentence, without the text it found: that may be a secret. */
function syntaxMessage(message: string): string {
  const [line = ''] = message.split('\n');
  return line.replace(/ at line \d+, column \d+:?$/, '').replace(/: (?:".*|[^ ]+)$/s, '');
}

function expandScalars(reading: Reading, env: Readonly<Record<string, string | undefined>>): void {
  visit(reading.document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      try {
        node.value = expandVariables(node.value, env);
      } catch (error) {
        reading.problems.push({ path: [], message: errorMessage(error), position: reading.at(node.range?.[0]) });
      }
    },
  });
}

function readSecretFiles(reading: Reading, file: string): void {
  visit(reading.document, {
    Pair(_, pair) {
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string') return;
      const secretKey = secretOfFileKey(pair.key.value);
      if (secretKey === undefined || !isScalar(pair.value) || typeof pair.value.value !== 'string') return;
      try {
        pair.value.value = readFileSync(resolve(dirname(file), pair.value.value), 'utf8').replace(/\r?\n$/, '');
        pair.key.value = secretKey;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
        const message = `cannot read the file with the ${secretKey}: ${pair.value.value} (${code})`;
        reading.problems.push({ path: [], message, position: reading.at(pair.value.range?.[0]) });
        pair.key.value = secretKey;
      }
    },
  });
}

function positionOf(reading: Reading, path: ConfigPath, atKey: boolean): Position {
  if (atKey) {
    const parent = nodeAt(reading.document, path.slice(0, -1));
    const name = path.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(name));
      if (pair && isScalar(pair.key)) return reading.at(pair.key.range?.[0]);
    }
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node = nodeAt(reading.document, path.slice(0, length));
    if (node?.range) return reading.at(node.range[0]);
  }
  return reading.at(0);
}

function nodeAt(document: Document, path: ConfigPath): Node | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return typeof node === 'object' && node !== null ? (node as Node) : undefined;
}
