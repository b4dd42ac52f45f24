import { ClockOffset } from '../../lib/collect/clock-offset.ts';
import type { Page } from './scrape.ts';

/** node_exporter's own reading of the clock, in seconds with fractions. @source node_exporter time collector */
const NODE_TIME = Buffer.from('\nnode_time_seconds ');
const LONGEST_NUMBER = 40;
const HTTP_DATE_MS = 1000;
const SECOND_MS = 1000;

/** The clock of the machine behind a page: as the page tells it, else as its server does with every answer. */
export class PageClock {
  private readonly byPage = new ClockOffset();
  private readonly byServer = new ClockOffset();

  /** One page. @param sentMs when it was asked for, `receivedMs` when it was there, our clock, Unix ms */
  saw({ body, dateMs }: Pick<Page, 'body' | 'dateMs'>, sentMs: number, receivedMs: number): void {
    const pageMs = nodeTimeMs(body);
    if (pageMs !== null) this.byPage.add(pageMs, 0, sentMs, receivedMs);
    if (!Number.isNaN(dateMs)) this.byServer.add(dateMs, HTTP_DATE_MS, sentMs, receivedMs);
  }

  /** The machine's clock less ours, ms; null = neither page nor server tells. */
  get offsetMs(): number | null {
    return this.byPage.offsetMs ?? this.byServer.offsetMs;
  }

  /** How far the offset may be from the truth, ms; null where there is none. */
  get errorMs(): number | null {
    return this.byPage.errorMs ?? this.byServer.errorMs;
  }
}

function nodeTimeMs(body: Buffer): number | null {
  const at = body.indexOf(NODE_TIME);
  if (at < 0) return null;
  const from = at + NODE_TIME.length;
  const [number = ''] = body.toString('latin1', from, from + LONGEST_NUMBER).split(/\s/);
  const seconds = Number(number);
  return number !== '' && Number.isFinite(seconds) && seconds > 0 ? seconds * SECOND_MS : null;
}
