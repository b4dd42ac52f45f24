'use client';

import { clsx } from 'clsx';
import { ZoomOut } from 'lucide-react';
import { formatDateTime } from '../../lib/format/times.ts';
import { RANGE_CHOICES, type TimeRange, zoomOut } from '../_lib/time-range.ts';
import { useNowMs, useTimeZone } from './clock-provider.tsx';
import { StaleNote } from './states.tsx';

/** The time range of the page: the usual ones, the one drawn on a chart, and the way back out. */
export function RangePicker({
  range,
  setRange,
}: {
  range: TimeRange;
  setRange: (range: { from: string; to: string }) => void;
}) {
  const nowMs = useNowMs();
  const zone = useTimeZone();
  return (
    <fieldset className="flex flex-wrap items-center gap-1.5">
      <legend className="sr-only">Time range</legend>
      {RANGE_CHOICES.map((choice) => {
        const current = range.live && range.from === choice.from;
        return (
          <button
            key={choice.from}
            type="button"
            aria-pressed={current}
            className={clsx('button', current && 'border-line-strong bg-raised font-medium')}
            onClick={() => setRange({ from: choice.from, to: 'now' })}
          >
            {choice.label}
          </button>
        );
      })}
      <button type="button" className="button" onClick={() => setRange(zoomOut(range, nowMs))} title="Twice the range">
        <ZoomOut size={14} aria-hidden /> zoom out
      </button>
      {!range.live && (
        <span className="text-muted">
          {formatDateTime(range.fromMs, zone)} – {formatDateTime(range.toMs, zone)}
        </span>
      )}
      {range.problem !== null && <StaleNote>{range.problem}</StaleNote>}
    </fieldset>
  );
}
