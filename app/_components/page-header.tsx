import Link from 'next/link';
import type { ReactNode } from 'react';

/** Where this page hangs, what it is about, and what can be done here. */
export function PageHeader({
  trail = [],
  title,
  children,
}: {
  /** Links back, outermost first. */
  trail?: readonly { href: string; label: string }[];
  title: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="mb-3 flex flex-wrap items-end gap-x-4 gap-y-2">
      <div className="min-w-0">
        {trail.length > 0 && (
          <nav aria-label="Breadcrumb" className="text-xs text-muted">
            <ol className="flex flex-wrap gap-x-1.5">
              {trail.map((step) => (
                <li key={step.href} className="flex gap-x-1.5">
                  <Link href={step.href} className="link">
                    {step.label}
                  </Link>
                  <span aria-hidden>/</span>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <h1 className="break-words text-lg font-semibold leading-tight">{title}</h1>
      </div>
      {children !== undefined && <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>}
    </div>
  );
}

/** A labelled value in a row of facts. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}
