'use client';

import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { PortRef } from '../../lib/topology/types.ts';
import { applyStreamEvent, parseStreamEvent, STREAM_EVENTS } from '../_lib/apply-stream-event.ts';
import { lostForMs } from '../_lib/freshness.ts';
import { LiveConnection, type LiveState } from '../_lib/live-connection.ts';
import { apiPaths } from '../_lib/paths.ts';
import { useNowMs } from './clock-provider.tsx';

interface Live {
  connection: LiveConnection;
  setPort: (port: PortRef | null) => void;
  start: () => void;
}

const LiveContext = createContext<Live | null>(null);
const CONNECTING: LiveState = { kind: 'connecting' };

/** Owns the page's one event stream and writes what it says into the query caches. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [port, setPort] = useState<PortRef | null>(null);
  const [started, setStarted] = useState(false);
  const [connection] = useState(
    () =>
      new LiveConnection({
        open: (url) => new EventSource(url),
        events: STREAM_EVENTS,
        onEvent: (name, data) => {
          const event = parseStreamEvent(name, data);
          if (event !== undefined) applyStreamEvent(client, event);
        },
        onResume: () => void client.invalidateQueries(),
        nowMs: () => Date.now(),
        random: Math.random,
        setTimer: (run, delayMs) => window.setTimeout(run, delayMs),
        clearTimer: (timer) => window.clearTimeout(timer as number),
      }),
  );

  useEffect(() => {
    const onVisibility = () => connection.setHidden(document.visibilityState === 'hidden');
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    return () => document.removeEventListener('visibilitychange', onVisibility);
  }, [connection]);

  useEffect(() => {
    if (started) connection.connect(apiPaths.stream(port));
  }, [connection, port, started]);

  useEffect(() => () => connection.close(), [connection]);

  const [live] = useState<Live>(() => ({ connection, setPort, start: () => setStarted(true) }));
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error('useLive needs a LiveProvider above it');
  return live;
}

/** The stream's state, and the ways to change it. */
export function useLiveState(): { state: LiveState; setPaused: (paused: boolean) => void; retryNow: () => void } {
  const { connection } = useLive();
  const state = useSyncExternalStore(
    connection.subscribe,
    () => connection.state,
    () => CONNECTING,
  );
  return {
    state,
    setPaused: (paused) => connection.setPaused(paused),
    retryNow: () => connection.retryNow(),
  };
}

/** How long there has been no word from the monitor, ms; 0 while there is. */
export function useLostMs(): number {
  return lostForMs(useLiveState().state, useNowMs());
}

/** Asks the stream for the events of one port while this screen is open. */
export function useFollowPort(device: string, port: string): void {
  const { setPort } = useLive();
  useEffect(() => {
    setPort({ device, port });
    return () => setPort(null);
  }, [setPort, device, port]);
}

/**
 * Opens the stream once the page's own content has been taken over by the browser. An event that arrived earlier would
 * change what React is still comparing with the HTML it was sent.
 */
export function StartLive() {
  const { start } = useLive();
  useEffect(start, [start]);
  return null;
}
