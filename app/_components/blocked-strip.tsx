'use client';

import { useRouter } from 'next/navigation';
import { memo, useMemo } from 'react';
import type { Strip } from '../../lib/api/types.ts';
import { formatFraction, markBound } from '../../lib/format/numbers.ts';
import { formatClock } from '../../lib/format/times.ts';
import { useTimeZone } from './clock-provider.tsx';
import { GridMap, type GridSource } from './grid-map.tsx';
import { HeatLegend } from './heat-legend.tsx';
import { Empty } from './states.tsx';

/** How blocked each switch was over the last quarter of an hour, one row each, newest on the right. */
export const BlockedStrip = memo(UncachedStrip);

function UncachedStrip({ strip }: { strip: Strip }) {
  const router = useRouter();
  const zone = useTimeZone();
  const source = useMemo<GridSource>(
    () => ({
      rows: strip.devices.length,
      columns: strip.endsMs.length,
      labelOf: (row) => strip.devices[row]?.device ?? '',
      valueOf: (row, column) => ({ share: strip.devices[row]?.blocked[column] ?? null }),
      marked: () => false,
      textOf: ({ row, column }) => {
        const blocked = strip.devices[row]?.blocked[column] ?? null;
        const bounded = strip.devices[row]?.bounded === true && blocked !== 0;
        const when = formatClock(strip.endsMs[column] ?? 0, zone);
        return `${strip.devices[row]?.device}, ${when}: ${blocked === null ? 'no data' : `${markBound(formatFraction(blocked), bounded)} at its worst port`}`;
      },
    }),
    [strip, zone],
  );
  if (strip.devices.length === 0) return <Empty title="No switch has given a sample yet." />;
  return (
    <>
      <GridMap
        source={source}
        label="Blocked time of switches over the last quarter of an hour"
        opens="the ports of the switch"
        testId="blocked-strip"
        onOpen={({ row }) => {
          const device = strip.devices[row]?.device;
          if (device !== undefined) router.push(`/ports?q=${encodeURIComponent(`device:${device}`)}`);
        }}
      />
      <HeatLegend />
    </>
  );
}
