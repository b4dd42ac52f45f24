import { clsx } from 'clsx';
import { formatSeconds } from '../../lib/format/durations.ts';
import type { CauseKind } from '../../lib/kinds.ts';
import { CAUSE_FAMILIES } from '../_lib/causes.ts';
import { lostByFamily } from '../_lib/steps.ts';

/** Lost time as one stacked bar; the part without a known cause is hatched. The same stands in words beside it. */
export function LostBar({
  lostSecondsByCause,
  total,
  thick = false,
}: {
  lostSecondsByCause: Partial<Record<CauseKind, number>>;
  /** Seconds the whole bar stands for. */
  total: number;
  thick?: boolean;
}) {
  const families = lostByFamily(lostSecondsByCause);
  const whole = Math.max(
    total,
    families.reduce((sum, family) => sum + family.seconds, 0),
  );
  const text = families
    .map(({ family, seconds }) => `${CAUSE_FAMILIES[family].label} ${formatSeconds(seconds)}`)
    .join(', ');
  return (
    <div
      role="img"
      aria-label={text === '' ? 'no lost time' : `lost time: ${text}`}
      title={text}
      className={clsx('my-1 flex gap-px overflow-hidden rounded-sm bg-raised', thick ? 'h-4' : 'h-2')}
    >
      {whole > 0 &&
        families.map(({ family, seconds }) => (
          <span
            key={family}
            className={clsx('block h-full', family === 'unexplained' && 'hatched')}
            style={{
              width: `${(seconds / whole) * 100}%`,
              background: family === 'unexplained' ? undefined : CAUSE_FAMILIES[family].colour,
            }}
          />
        ))}
    </div>
  );
}
