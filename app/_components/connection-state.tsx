'use client';

import { Pause, Play } from 'lucide-react';
import { formatSeconds } from '../../lib/format/durations.ts';
import { useNowMs } from './clock-provider.tsx';
import { useLiveState } from './live-provider.tsx';
import { Mark } from './mark.tsx';

/** Whether what stands on the screen is moving: live, lost since when, or paused by whom. */
export function ConnectionState() {
  const { state, setPaused, retryNow } = useLiveState();
  const nowMs = useNowMs();
  const paused = state.kind === 'paused' && state.by === 'reader';
  return (
    <span className="flex items-center gap-2" data-testid="connection-state" data-state={state.kind}>
      <span role="status" className="flex items-center gap-1.5 whitespace-nowrap">
        {state.kind === 'live' && (
          <>
            <Mark shape="circle" colour="var(--ok)" size={9} /> live
          </>
        )}
        {state.kind === 'connecting' && (
          <>
            <Mark shape="ring" colour="var(--unknown)" size={9} /> connecting
          </>
        )}
        {state.kind === 'reconnecting' && (
          <>
            <Mark shape="triangle" colour="var(--warning)" size={10} /> not live
          </>
        )}
        {state.kind === 'paused' && (
          <>
            <Mark shape="hatch" colour="var(--unknown)" size={10} /> paused
          </>
        )}
      </span>
      {state.kind === 'reconnecting' && (
        <button type="button" className="button" onClick={retryNow}>
          lost {formatSeconds(Math.max(0, Math.round((nowMs - state.sinceMs) / 1000)))} · retry
        </button>
      )}
      <button
        type="button"
        className="button"
        aria-pressed={paused}
        aria-label={paused ? 'Resume live updates' : 'Pause live updates'}
        title={paused ? 'Resume (l)' : 'Pause (l)'}
        onClick={() => setPaused(!paused)}
      >
        {paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
      </button>
    </span>
  );
}
