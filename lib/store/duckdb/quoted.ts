/** Text inside an SQL string. */
export function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
