import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAlertService } from '../lib/alerts/index.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { ConfigError, errorMessage, FabricError } from '../lib/errors.ts';
import { TokenGuard } from '../lib/http/auth.ts';
import { EventHub } from '../lib/http/event-hub.ts';
import { Router } from '../lib/http/router.ts';
import { allRoutes } from '../lib/http/routes/index.ts';
import { loginRoutes } from '../lib/http/routes/login.ts';
import { createListener } from '../lib/http/server.ts';
import type { Logger } from '../lib/logger.ts';
import type { MonitorConfig } from './config.ts';
import { createMonitorCore } from './core.ts';
import { openPages } from './pages.ts';
import { VERSION } from './version.ts';

export interface MonitorOptions {
  config: MonitorConfig;
  /** 0 picks a free one. */
  port: number;
  /** Overrides the configuration's. */
  host?: string;
  dataDir: string;
  logger: Logger;
  /** Serves pages from source; for people who change them. */
  dev?: boolean;
  /** false leaves pages out: for tests of the API. */
  pages?: boolean;
  clock?: Clock;
  /** Reads the configuration again, for POST /-/reload. @throws ConfigError where it is bad */
  loadConfig?: () => MonitorConfig;
  /** Called when this monitor can no longer work; by default the process ends with code 1. */
  onFatal?: (error: Error) => void;
  /** Called after a new configuration is in force. */
  onReloaded?: () => void;
}

export interface Monitor {
  port: number;
  /**
   * Reads the configuration again and takes it without a restart. A bad one changes nothing.
   * @returns what changed, in words
   * @throws ConfigError where it is bad, or where there is no file
   */
  reload(): Promise<string>;
  close(): Promise<void>;
}

/** Starts store, analysis, alerts, API and pages in this process, and resolves once requests are answered. */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const { config, logger, dataDir, clock = systemClock } = options;
  const hub = new EventHub();
  const guard = new TokenGuard(config.server.tokens);
  const stop = new AbortController();
  const alerts = await createAlertService({
    receivers: config.receivers,
    directory: `${dataDir}/alerts`,
    clock,
    logger: logger.child({ part: 'alerts' }),
    baseUrl: config.server.baseUrl ?? null,
  });
  const onStoreFailure = (error: Error) => {
    logger.fatal({ reason: error.message }, 'the store is gone; this process ends so that it can be started again');
    (options.onFatal ?? (() => process.exit(1)))(error);
  };
  const core = await createMonitorCore({ config, dataDir, clock, logger, hub, alerts, onStoreFailure });
  const reload = async (): Promise<string> => {
    try {
      if (!options.loadConfig) throw new ConfigError('this monitor was started without a configuration file');
      const next = options.loadConfig();
      const message = core.configure(next);
      guard.setTokens(next.server.tokens);
      core.intake.reloaded(true, message);
      logger.info({ message }, 'configuration reloaded');
      options.onReloaded?.();
      return message;
    } catch (error) {
      core.intake.reloaded(false, errorMessage(error));
      throw error;
    }
  };
  const routes = allRoutes({
    clock,
    hub,
    queries: core.queries,
    windows: core.windows,
    ingest: core.ingest,
    intake: core.intake,
    version: VERSION,
    sendTest: (receiver) => alerts.sendTest(receiver),
    notReady: () => core.notReady(),
    metrics: async () => ({
      contentType: core.metrics.registry.contentType,
      text: await core.metrics.registry.metrics(),
    }),
    reload,
  });
  const pages =
    options.pages === false
      ? undefined
      : await openPages({ dev: options.dev ?? false, logger: logger.child({ part: 'pages' }) });
  const server = createServer(
    // A client that dribbles its request holds a socket for this long at most.
    { requestTimeout: 120_000, headersTimeout: 30_000 },
    createListener({
      router: new Router([...routes, ...loginRoutes(guard)]),
      guard,
      logger,
      observe: (route, status, seconds) => core.metrics.requests.observe({ route, status: String(status) }, seconds),
      fallback: async (request, response) => {
        if (pages) return pages.handle(request, response);
        response.statusCode = 404;
        response.end();
      },
    }),
  );
  const port = await listen(server, options.port, options.host ?? config.server.host);
  const delivering = alerts.start(stop.signal);
  core.start();
  logger.info({ port, host: options.host ?? config.server.host }, 'monitor is ready');
  return {
    port,
    reload,
    close: async () => {
      hub.close();
      stop.abort();
      await closeServer(server);
      await Promise.all([delivering, pages?.close()]);
      await core.close();
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code ?? error.message})`;
      reject(new FabricError('unavailable', `port ${port} on ${host} ${reason}`, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // Requests under way get a moment; who holds on longer is let go.
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}

export type { MonitorConfig } from './config.ts';
