import type { PostAnswer } from './post.ts';

/** What a server's answer means for the batch that was sent. */
export type Outcome =
  | { kind: 'delivered' /** Items the server took the batch without. */; refused: Refusal[] }
  | { kind: 'retry'; reason: string; afterMs: number | null }
  | { kind: 'too-large' }
  /** The batch is not acceptable as it is; `lines` (from 1) are to blame, or nobody was named. */
  | { kind: 'refused'; lines: number[]; detail: string };

/** One item the server did not take. */
export interface Refusal {
  /** Position in the batch, from 0. */
  index: number;
  detail: string;
}

const MOST_DETAIL = 300;

/** Ms to wait as the server asked (seconds or an HTTP date), or null where it did not ask. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const atMs = Date.parse(header);
  return Number.isFinite(atMs) ? Math.max(0, atMs - nowMs) : null;
}

/** Line numbers an Influx-style 400 names: "line 3: ..." or "unable to parse 'x' at line 7". */
export function namedLines(detail: string, lineCount: number): number[] {
  const lines = new Set<number>();
  for (const [, number] of detail.matchAll(/\blines?[ :]+(\d+)/gi)) {
    const line = Number(number);
    if (line >= 1 && line <= lineCount) lines.add(line);
  }
  return [...lines].sort((a, b) => a - b);
}

function detailOf(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === 'object' && json !== null) {
      const { message, detail, error } = json as { message?: unknown; detail?: unknown; error?: unknown };
      for (const text of [message, detail, error]) if (typeof text === 'string') return text;
    }
  } catch {
    // Not JSON: the text itself is the detail.
  }
  return body;
}

function refusalsOf(body: string): Refusal[] {
  try {
    const json = JSON.parse(body) as { rejected?: unknown };
    if (!Array.isArray(json?.rejected)) return [];
    return json.rejected.flatMap((entry: unknown) => {
      const { index, detail } = (entry ?? {}) as { index?: unknown; detail?: unknown };
      return typeof index === 'number' ? [{ index, detail: String(detail ?? '').slice(0, MOST_DETAIL) }] : [];
    });
  } catch {
    return [];
  }
}

/**
 * Reads a server's answer. Only `expected` (204 for the write API, 202 for ours) counts as delivered: a proxy's
 * friendly 200 page has stored nothing. What can pass or be mended (limits, outages, a wrong token) is tried again and
 * keeps its data; only what the server calls malformed is given up.
 */
export function readOutcome(answer: PostAnswer, expected: number, lineCount: number, nowMs: number): Outcome {
  const { status } = answer;
  if (status === expected) return { kind: 'delivered', refused: refusalsOf(answer.body) };
  const detail = detailOf(answer.body);
  if (status === 413) return { kind: 'too-large' };
  if (status === 400 || status === 422) {
    return { kind: 'refused', lines: namedLines(detail, lineCount), detail: detail.slice(0, MOST_DETAIL) };
  }
  return { kind: 'retry', reason: `http ${status}`, afterMs: retryAfterMs(answer.retryAfter, nowMs) };
}
