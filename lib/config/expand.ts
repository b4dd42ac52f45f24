import { ParseError } from '../errors.ts';

const REFERENCE = /\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(?::([-?])([^}]*))?\}|(\{[^}]*\}?))/g;

/**
 * Fills `${VAR}`, `${VAR:-default}` and `${VAR:?message}` in one scalar; `$$` is a literal `$`, a lone `$` stays.
 * Done after YAML has been read, so a password may hold `:` and `#`. As in a shell, `:-` and `:?` also take an
 * empty variable for a missing one.
 * @throws ParseError naming the variable, never its value
 */
export function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(REFERENCE, (whole, name?: string, operator?: string, operand?: string, broken?: string) => {
    if (whole === '$$') return '$';
    if (broken !== undefined || name === undefined) {
      throw new ParseError(`"\${…}" must hold a variable name; write "$$" for a literal "$"`);
    }
    const value = env[name];
    if (operator === '-') return value === undefined || value === '' ? (operand ?? '') : value;
    if (operator === '?' && (value === undefined || value === '')) {
      throw new ParseError(`environment variable ${name} is not set: ${operand || 'it is required'}`);
    }
    if (value === undefined) {
      throw new ParseError(`environment variable ${name} is not set; set it, or write \${${name}:-default}`);
    }
    return value;
  });
}
