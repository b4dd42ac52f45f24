'use client';

import { clsx } from 'clsx';
import { Keyboard, Search } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { PAGES } from '../_lib/shortcuts.ts';
import { ConnectionState } from './connection-state.tsx';
import { useShortcuts } from './shortcuts-provider.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

function isCurrent(pathname: string, href: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
}

/** Name, pages, search and the state of the connection; the same on every screen. */
export function Header() {
  const pathname = usePathname();
  const { openSearch, openHelp } = useShortcuts();
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:left-2 focus:top-2 focus:z-30 focus:bg-surface focus:px-3 focus:py-1"
      >
        Skip to content
      </a>
      <div className="mx-auto flex max-w-[110rem] flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1.5 sm:px-4">
        <Link href="/" className="flex items-center gap-2 font-semibold tracking-tight">
          <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
            <rect x="1" y="1" width="16" height="16" rx="4" fill="none" stroke="currentColor" strokeWidth="1.6" />
            <path d="M5 12.5V9M9 12.5V4.5M13 12.5V7" stroke="var(--series-2)" strokeWidth="2" />
          </svg>
          Stallscope
        </Link>
        <nav aria-label="Pages" className="order-last -mx-1 w-full overflow-x-auto lg:order-none lg:w-auto">
          <ul className="flex">
            {PAGES.map((page) => {
              const current = isCurrent(pathname, page.href);
              return (
                <li key={page.href}>
                  <Link
                    href={page.href}
                    aria-current={current ? 'page' : undefined}
                    title={`g ${page.key}`}
                    className={clsx(
                      'block rounded px-2.5 py-1',
                      current ? 'bg-raised font-medium text-text' : 'text-muted hover:text-text',
                    )}
                  >
                    {page.label}
                  </Link>
                </li>
              );
            })}
          </ul>
        </nav>
        <div className="ml-auto flex items-center gap-2">
          <ConnectionState />
          <button type="button" className="button" onClick={openSearch} aria-label="Search" title="Search (/)">
            <Search size={14} aria-hidden />
            <kbd className="hidden font-mono text-xs text-muted sm:inline">/</kbd>
          </button>
          <button
            type="button"
            className="button max-sm:hidden"
            onClick={openHelp}
            aria-label="Keyboard shortcuts"
            title="Keys (?)"
          >
            <Keyboard size={14} aria-hidden />
          </button>
          <ThemeToggle />
        </div>
      </div>
    </header>
  );
}
