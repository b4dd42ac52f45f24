import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorMessage } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

/** Answers page requests. */
export interface Pages {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

/** The project's folder: where app/ and the build are. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const NOT_BUILT = 'The pages are not built. Run "npm run build" once and start again; the API works without them.';

/** Starts Next.js for the pages; where it cannot run, every page says why and the API works on. */
export async function openPages(options: { dev: boolean; logger: Logger }): Promise<Pages> {
  const { dev, logger } = options;
  const built = existsSync(join(ROOT, process.env.STALLSCOPE_NEXT_DIR ?? '.next', 'BUILD_ID'));
  if (!dev && !built) {
    logger.warn('pages are not built: run "npm run build"; the API works without them');
    return excuse(NOT_BUILT);
  }
  try {
    // React picks its production code by this variable.
    const mode = dev ? 'development' : 'production';
    if (process.env.NODE_ENV === undefined) Object.assign(process.env, { NODE_ENV: mode });
    const { default: next } = await import('next');
    const app = next({ dev, dir: ROOT, quiet: true });
    await app.prepare();
    const handler = app.getRequestHandler();
    return { handle: (request, response) => handler(request, response), close: () => app.close() };
  } catch (error) {
    logger.error({ reason: errorMessage(error) }, 'pages do not start; the API works without them');
    return excuse(`The pages do not start: ${errorMessage(error)}`);
  }
}

function excuse(text: string): Pages {
  return {
    handle: async (_request, response) => {
      response.statusCode = 503;
      response.setHeader('content-type', 'text/plain; charset=utf-8');
      response.end(`${text}\n`);
    },
    close: async () => {},
  };
}
