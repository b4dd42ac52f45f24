import { clsx } from 'clsx';
import { type ReactNode, useId } from 'react';

/** A titled box; the unit every screen is built of. */
export function Panel({
  title,
  note,
  actions,
  stale = false,
  className,
  children,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  stale?: boolean;
  className?: string | undefined;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={clsx('flex min-w-0 flex-col rounded-md border border-line bg-surface', className)}
    >
      <header
        className={clsx(
          'flex min-h-8 flex-wrap items-center gap-x-3 border-b border-line px-3 py-1',
          stale && 'hatched',
        )}
      >
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {note !== undefined && <span className="text-xs text-muted">{note}</span>}
        {actions !== undefined && <span className="ml-auto flex items-center gap-2">{actions}</span>}
      </header>
      <div className="min-h-0 min-w-0 flex-1 px-3 py-1.5">{children}</div>
    </section>
  );
}
