import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isBlockedAddress } from './address.ts';
import { parseRetryAfterMs } from './retry.ts';
import type { NotifyReason, NotifyResult } from './types.ts';

/** A receiver that has not answered by then is asked again later. */
const TIMEOUT_MS = 10_000;
/** What is read of an answer. */
const MAX_ANSWER_BYTES = 4096;

export interface PostOptions {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  signal: AbortSignal;
  nowMs: number;
  timeoutMs?: number;
  /** Judges the body of a 2xx; default: every body is fine. */
  acceptBody?: (text: string) => boolean;
}

/** An address that must not be called; its own class, so that the reason is known without reading texts. */
class BlockedAddressError extends Error {}

const guardedLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const allowed = error ? [] : addresses.filter(({ address }) => !isBlockedAddress(address));
    const [first] = allowed;
    if (error) callback(error, '', 4);
    else if (!first) callback(new BlockedAddressError(), '', 4);
    else if (options.all) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
};

/**
 * POSTs one message and says how it went: 2xx is delivered; 408, 429, 5xx and network trouble may be tried again; a
 * redirect and any other answer are final. Never follows a redirect, never rejects, and names no URL.
 */
export async function postMessage(options: PostOptions): Promise<NotifyResult> {
  const url = new URL(options.url);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && isBlockedAddress(literal)) return { result: 'rejected', reason: 'blocked_address' };
  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    const answer = await send(url, options, signal);
    return judge(answer, options);
  } catch (error) {
    if (error instanceof BlockedAddressError) return { result: 'rejected', reason: 'blocked_address' };
    return { result: 'retryable', reason: timeout.aborted ? 'timeout' : 'network' };
  }
}

interface Answer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

function send(url: URL, options: PostOptions, signal: AbortSignal): Promise<Answer> {
  const body = Buffer.from(options.body, 'utf8');
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...options.headers, 'content-length': String(body.length) },
      lookup: guardedLookup,
      signal,
      // One message in a while: a kept connection would only be found dead.
      agent: false,
    });
    request.on('response', (response) => {
      readText(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const buffer = chunk as Buffer;
    chunks.push(buffer);
    bytes += buffer.length;
    if (bytes >= MAX_ANSWER_BYTES) {
      response.destroy();
      break;
    }
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
}

function judge(answer: Answer, options: PostOptions): NotifyResult {
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const accepted = options.acceptBody?.(answer.text) ?? true;
    return accepted ? { result: 'delivered', status } : { result: 'rejected', reason: 'invalid_body', status };
  }
  if (status >= 300 && status < 400) return { result: 'rejected', reason: 'redirect', status };
  const again = retryReason(status);
  if (again === undefined) return { result: 'rejected', reason: 'http_4xx', status };
  const retryAfterMs = parseRetryAfterMs(answer.retryAfter, options.nowMs);
  return { result: 'retryable', reason: again, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function retryReason(status: number): NotifyReason | undefined {
  if (status === 408) return 'http_408';
  if (status === 429) return 'http_429';
  return status >= 500 ? 'http_5xx' : undefined;
}
