import { clsx } from 'clsx';
import type { CSSProperties, ReactNode, Ref } from 'react';

/**
 * A box that scrolls on its own; it can be focused, so that the arrow keys scroll it too. It is positioned, so that text
 * for screen readers scrolls with its row instead of widening the page.
 */
export function ScrollRegion({
  label,
  className,
  style,
  ref,
  children,
}: {
  label: string;
  className?: string;
  style?: CSSProperties;
  ref?: Ref<HTMLElement>;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
    <section ref={ref} className={clsx('relative', className)} style={style} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
