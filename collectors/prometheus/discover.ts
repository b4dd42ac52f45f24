import { CollectorError } from '../../lib/errors.ts';
import { deviceOf, readTargetEntries, type TargetEntry } from '../../lib/target-list/entries.ts';
import { TargetFile } from '../../lib/target-list/target-file.ts';
import { type HttpReader, shownUrl } from './scrape.ts';

/** One exporter from a list. */
export interface FoundTarget {
  url: URL;
  device: string;
}

/**
 * Reads a list in the form of Prometheus's file and HTTP service discovery. Labels `device` (ours) or `instance` name
 * the device, else the host of the address does; `__scheme__`, `__metrics_path__` and `__param_<name>` do what they do
 * there, and other labels nothing.
 * @param where for messages: the file or address
 * @param form an address answers in JSON; files are YAML unless they are called .json
 * @throws CollectorError `malformed` naming the place
 */
export function readTargets(text: string, where: string, form: 'json' | 'yaml'): FoundTarget[] {
  return readTargetEntries(text, where, form).map((entry) => targetOf(entry, where));
}

const PARAMETER = '__param_';

function targetOf({ address, labels }: TargetEntry, where: string): FoundTarget {
  const path = labels.__metrics_path__ ?? '/metrics';
  const text = `${labels.__scheme__ ?? 'http'}://${address}${path.startsWith('/') ? path : `/${path}`}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[/@?#\s]/.test(address)) {
    throw new CollectorError('malformed', `${where}: "${address.slice(0, 100)}" is not host:port`);
  }
  for (const [label, value] of Object.entries(labels)) {
    if (label.startsWith(PARAMETER)) url.searchParams.set(label.slice(PARAMETER.length), value);
  }
  return { url, device: deviceOf(labels, url.hostname) };
}

/** One list, read again and again. What cannot be read leaves the last good one in force. */
export class TargetList {
  private found: FoundTarget[] = [];
  private readonly file: TargetFile;

  constructor(
    readonly where: string,
    private readonly http: HttpReader | undefined,
  ) {
    this.file = new TargetFile(where);
  }

  get targets(): readonly FoundTarget[] {
    return this.found;
  }

  /** @throws CollectorError naming the list; `targets` is then as before */
  async refresh(signal: AbortSignal): Promise<void> {
    if (this.http !== undefined) {
      const url = new URL(this.where);
      const { body } = await this.http.get(url, signal, 'application/json');
      this.found = readTargets(body.toString('utf8'), shownUrl(url), 'json');
      return;
    }
    this.found = this.file.readIfChanged((entry) => targetOf(entry, this.where)) ?? this.found;
  }
}
