import { clsx } from 'clsx';
import type { Severity } from '../../lib/kinds.ts';
import { type MarkShape, SEVERITY_INFO } from '../_lib/causes.ts';

/** Outline of each shape in a 12 x 12 box. */
export const MARK_PATHS: Readonly<Record<MarkShape, string>> = {
  diamond: 'M6 0.5 11.5 6 6 11.5 0.5 6Z',
  triangle: 'M6 1 11.5 11 0.5 11Z',
  wedge: 'M0.5 1 11.5 1 6 11Z',
  circle: 'M6 1a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z',
  ring: 'M6 1a5 5 0 1 0 0 10 5 5 0 0 0 0-10Zm0 2.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6Z',
  square: 'M1.2 1.2h9.6v9.6H1.2Z',
  check: 'M1 6.4 2.4 5l2.4 2.5L9.8 2 11.2 3.3 4.9 10.4Z',
  hatch:
    'M1 1h10v10H1ZM2 4.5 4.5 2H3L2 3ZM2 7.5 7.5 2H6L2 6ZM3 10l7-7V2L2.5 9.5ZM6 10l4-4V4.5L4.5 10ZM9 10l1-1V7.5L7.5 10Z',
};

/** A shape in its colour. It is decoration: the word beside it says the same. */
export function Mark({ shape, colour, size = 12 }: { shape: MarkShape; colour: string; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" className="inline-block shrink-0">
      <path d={MARK_PATHS[shape]} fill={colour} fillRule="evenodd" />
    </svg>
  );
}

/** Severity as colour, shape and word. */
export function SeverityMark({
  severity,
  word = true,
  className,
}: {
  severity: Severity | 'ok' | 'unknown';
  word?: boolean;
  className?: string;
}) {
  const info = SEVERITY_INFO[severity];
  return (
    <span className={clsx('inline-flex items-center gap-1.5 font-medium', className)} style={{ color: info.colour }}>
      <Mark shape={info.shape} colour={info.colour} />
      <span className={word ? undefined : 'sr-only'}>{info.word}</span>
    </span>
  );
}
