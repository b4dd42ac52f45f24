import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { HttpError } from './http-error.ts';
import { unsnappy } from './snappy.ts';

/** Most that is read of one body as it comes over the wire, and after decompression. */
export interface BodyLimits {
  wireBytes: number;
  bodyBytes: number;
}

export const BODY_LIMITS: BodyLimits = { wireBytes: 32 * 1024 * 1024, bodyBytes: 48 * 1024 * 1024 };

const DECOMPRESS: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip),
  deflate: promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate),
  br: promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress),
  snappy: async (body, options) => unsnappy(body, options),
};

/**
 * Reads a whole body, decompressed.
 * @throws HttpError 413 beyond a limit, 415 for an unknown encoding, 400 where it does not decompress or breaks off
 */
export async function readBody(message: IncomingMessage, limits: BodyLimits = BODY_LIMITS): Promise<Buffer> {
  const declared = Number(message.headers['content-length'] ?? 0);
  if (declared > limits.wireBytes) throw tooLarge(limits.wireBytes);
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const decompress = DECOMPRESS[encoding];
  if (!decompress && encoding !== 'identity' && encoding !== '') {
    throw new HttpError(
      415,
      'unsupported',
      `content-encoding ${JSON.stringify(encoding.slice(0, 40))} is not supported`,
    );
  }
  const raw = await collect(message, limits.wireBytes);
  if (!decompress) return raw;
  try {
    return await decompress(raw, { maxOutputLength: limits.bodyBytes });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE' || code === 'too_large') throw tooLarge(limits.bodyBytes);
    throw new HttpError(400, 'malformed', `the body is not valid ${encoding}`);
  }
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, 'too_large', `the body is larger than ${limit} bytes; send smaller batches`);
}

async function collect(message: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLarge(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'malformed', 'the body broke off');
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}
