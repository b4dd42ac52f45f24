'use client';

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { formatAgo, formatDateTime, formatSince, type TimeZoneChoice } from '../../lib/format/times.ts';

const NowContext = createContext(0);

/**
 * "Now" for every "12 s ago" on the page, moving once a second. It starts at the server's clock, so that the first
 * paint in the browser is the HTML that was sent.
 */
export function ClockProvider({ startMs, children }: { startMs: number; children: ReactNode }) {
  const [nowMs, setNowMs] = useState(startMs);
  useEffect(() => {
    const tick = () => {
      if (document.visibilityState === 'visible') setNowMs(Date.now());
    };
    tick();
    const timer = window.setInterval(tick, 1000);
    return () => window.clearInterval(timer);
  }, []);
  return <NowContext.Provider value={nowMs}>{children}</NowContext.Provider>;
}

export function useNowMs(): number {
  return useContext(NowContext);
}

const never = () => () => {};

/** UTC until the browser has taken over the page, then the reader's own zone. */
export function useTimeZone(): TimeZoneChoice {
  const mounted = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return mounted ? 'local' : 'utc';
}

/** A moment, by the clock; the full date stands in the tooltip. */
export function Moment({ timestampMs }: { timestampMs: number }) {
  const nowMs = useNowMs();
  const zone = useTimeZone();
  return (
    <time dateTime={new Date(timestampMs).toISOString()} title={formatDateTime(timestampMs, zone)}>
      {formatSince(timestampMs, nowMs, zone)}
    </time>
  );
}

/** How long ago a moment was. */
export function Ago({ timestampMs }: { timestampMs: number }) {
  const nowMs = useNowMs();
  const zone = useTimeZone();
  return (
    <time dateTime={new Date(timestampMs).toISOString()} title={formatDateTime(timestampMs, zone)}>
      {formatAgo(timestampMs, nowMs)}
    </time>
  );
}
