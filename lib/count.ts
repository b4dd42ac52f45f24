/** A number with its noun: "1 port", "1,024 ports". For nouns whose plural takes an s. */
export function countOf(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
