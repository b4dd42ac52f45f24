import Link from 'next/link';
import { StartLive } from './_components/live-provider.tsx';
import { PAGES } from './_lib/shortcuts.ts';

export default function NotFound() {
  return (
    <div className="py-8">
      <StartLive />
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <p className="mt-1 text-muted">Press / to search for a port or a job, or go to:</p>
      <ul className="mt-2 flex flex-wrap gap-3">
        {PAGES.map((page) => (
          <li key={page.href}>
            <Link href={page.href} className="link">
              {page.label}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
