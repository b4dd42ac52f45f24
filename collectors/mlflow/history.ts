import { CollectorError, errorMessage, ParseError } from '../../lib/errors.ts';
import { HttpReader, shownUrl } from '../prometheus/scrape.ts';
import type { MlflowConfig } from './config.ts';
import { type HistoryPage, readHistory } from './parse.ts';

/** Values asked for at once; the server allows 25,000. */
const PAGE_SIZE = 5000;
/** A page has some 100 bytes a value; old file stores give everything at once. */
const MOST_BODY_BYTES = 32 * 1024 * 1024;

/** Asks a tracking server for a metric, page by page. */
export class MetricHistory {
  private readonly reader: HttpReader;
  private readonly url: URL;

  constructor(private readonly config: MlflowConfig) {
    const { auth, tls, timeout, url } = config;
    this.reader = new HttpReader({ auth, tls, timeoutMs: timeout, maxBodyBytes: MOST_BODY_BYTES });
    const base = new URL(url);
    this.url = new URL(`${base.pathname.replace(/\/+$/, '')}/api/2.0/mlflow/metrics/get-history`, base.origin);
    this.url.searchParams.set('run_id', config.run);
    this.url.searchParams.set('metric_key', config.metric);
    this.url.searchParams.set('max_results', String(PAGE_SIZE));
  }

  /** @throws CollectorError or ParseError in one sentence, without credentials */
  async page(token: string | null, signal: AbortSignal): Promise<HistoryPage> {
    const url = new URL(this.url);
    if (token !== null) url.searchParams.set('page_token', token);
    try {
      const { body } = await this.reader.get(url, signal, 'application/json');
      return readHistory(body.toString('utf8'));
    } catch (error) {
      const shown = shownUrl(this.url);
      if (error instanceof ParseError) throw new ParseError(`${shown}: ${errorMessage(error)}`, { cause: error });
      if (!(error instanceof CollectorError) || error.code !== 'not_found') throw error;
      const message = `${shown} answers 404: is the url right, and is there a run ${this.config.run}?`;
      throw new CollectorError('not_found', message, { cause: error, retryable: true });
    }
  }

  close(): void {
    this.reader.close();
  }
}
