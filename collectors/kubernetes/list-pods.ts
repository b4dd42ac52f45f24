import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpAuthProfile } from '../../lib/config/auths.ts';
import { CollectorError } from '../../lib/errors.ts';
import { HttpReader } from '../prometheus/scrape.ts';
import type { KubernetesConfig } from './config.ts';
import { readPodPage } from './pods.ts';

const PAGE_SIZE = 500;
/** 500 pods with long specifications. */
const MOST_PAGE_BYTES = 64 * 1024 * 1024;
const MOST_PAGES = 1000;

/** Asks an API server for pods, page by page. */
export class PodLister {
  private reader: HttpReader | undefined;
  private readerFor = '';

  constructor(private readonly config: KubernetesConfig) {}

  /** @throws CollectorError or ParseError in one sentence; none holds the token */
  async list(signal: AbortSignal): Promise<unknown[]> {
    const base = this.base();
    const reader = this.readerNow();
    const pods: unknown[] = [];
    for (const namespace of this.config.namespaces ?? [undefined]) {
      let next: string | undefined;
      for (let page = 0; page < MOST_PAGES && (page === 0 || next !== undefined); page++) {
        const url = new URL(namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`, base);
        url.searchParams.set('limit', String(PAGE_SIZE));
        if (this.config.labelSelector !== undefined) url.searchParams.set('labelSelector', this.config.labelSelector);
        if (next !== undefined) url.searchParams.set('continue', next);
        const { body } = await reader.get(url, signal, 'application/json');
        const found = readPodPage(body.toString('utf8'));
        pods.push(...found.pods);
        next = found.next;
      }
    }
    return pods;
  }

  private base(): URL {
    if (this.config.url !== undefined) return new URL(this.config.url);
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
    if (host === undefined || host === '') {
      throw new CollectorError('config', 'this runs in no pod: give the url of the API server, or a file');
    }
    return new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
  }

  /** The service account's token changes: a reader for each. */
  private readerNow(): HttpReader {
    const { auth, caFile, serviceAccountDirectory, timeout } = this.config;
    const given: HttpAuthProfile | undefined = auth ?? this.serviceAccount();
    const key = JSON.stringify(given);
    if (this.reader !== undefined && this.readerFor === key) return this.reader;
    this.reader?.close();
    const secure = this.base().protocol === 'https:';
    const authority = caFile ?? (this.config.url === undefined ? join(serviceAccountDirectory, 'ca.crt') : undefined);
    this.reader = new HttpReader({
      auth: given,
      tls: { insecureSkipVerify: false, ...(secure && authority !== undefined ? { caFile: authority } : {}) },
      timeoutMs: timeout,
      maxBodyBytes: MOST_PAGE_BYTES,
    });
    this.readerFor = key;
    return this.reader;
  }

  private serviceAccount(): HttpAuthProfile | undefined {
    const path = join(this.config.serviceAccountDirectory, 'token');
    try {
      return { token: readFileSync(path, 'utf8').trim() } as HttpAuthProfile;
    } catch {
      // An API server behind `kubectl proxy` takes no token.
      return undefined;
    }
  }

  close(): void {
    this.reader?.close();
    this.reader = undefined;
  }
}
