import { formatFraction } from '../../lib/format/numbers.ts';
import { HEAT_BREAK_FRACTION, HEAT_MAX_FRACTION, heatColours } from '../_lib/heat.ts';
import { heatStyle } from '../_lib/heat-style.ts';

const STOPS = [0, 0.01, 0.025, HEAT_BREAK_FRACTION, 0.1, HEAT_MAX_FRACTION];

/** The fixed scale of a map, in percent of time. */
export function HeatLegend({ missing = 'no data' }: { missing?: string }) {
  return (
    <ul className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted" aria-label="Scale">
      {STOPS.map((stop) => (
        <li key={stop} className="flex items-center gap-1">
          <span
            className="heat-cell inline-block size-3 rounded-xs border border-line"
            style={heatStyle(heatColours(stop))}
          />
          {stop === HEAT_MAX_FRACTION ? `${formatFraction(stop)} and more` : formatFraction(stop)}
        </li>
      ))}
      <li className="flex items-center gap-1">
        <span className="hatched inline-block size-3 rounded-xs border border-line-strong" />
        {missing}
      </li>
    </ul>
  );
}
