/** More series than a big fabric has, and the room their names may take: whoever invents names must not fill memory. */
const MAX_NAMES = 500_000;
const MAX_BYTES = 48 * 1024 * 1024;

/** What names were read as. A client that invents new ones for ever has the memory start afresh. */
export class NameMemory<Value> {
  readonly #values = new Map<string, Value>();
  #bytes = 0;

  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: Value): void {
    if (this.#values.size >= MAX_NAMES || this.#bytes + name.length > MAX_BYTES) {
      this.#values.clear();
      this.#bytes = 0;
    }
    this.#values.set(name, value);
    this.#bytes += name.length;
  }
}
