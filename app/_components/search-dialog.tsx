'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useRouter } from 'next/navigation';
import { useDeferredValue, useId, useState } from 'react';
import type { PortRow } from '../../lib/api/types.ts';
import { getPage } from '../_lib/api.ts';
import { apiPaths } from '../_lib/paths.ts';
import { jobsQuery } from '../_lib/queries.ts';
import { searchHits } from '../_lib/search.ts';
import { Dialog } from './dialog.tsx';

/** Finds any page, job or port by a part of its name. */
export function SearchDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} label="Search">
      <SearchBox onClose={onClose} />
    </Dialog>
  );
}

function SearchBox({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const listId = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const jobs = useQuery(jobsQuery);
  const ports = useQuery({
    queryKey: ['port-search', wanted],
    queryFn: ({ signal }) =>
      getPage<PortRow>(`${apiPaths.ports}?${new URLSearchParams({ limit: '50', search: wanted })}`, signal),
    enabled: wanted !== '',
  });
  const hits = searchHits(wanted, jobs.data?.items ?? [], ports.data?.items ?? []);
  const current = Math.min(active, hits.length - 1);
  const open = (href: string) => {
    onClose();
    router.push(href);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move !== undefined && hits.length > 0) {
      event.preventDefault();
      setActive((current + move + hits.length) % hits.length);
    }
    const hit = hits[current];
    if (event.key === 'Enter' && hit !== undefined) {
      event.preventDefault();
      open(hit.href);
    }
  };
  return (
    <div className="flex flex-col">
      <input
        // biome-ignore lint/a11y/noAutofocus: the dialog exists to be typed into
        autoFocus
        type="text"
        role="combobox"
        aria-label="Search ports, jobs and pages"
        aria-expanded={hits.length > 0}
        aria-controls={listId}
        aria-activedescendant={hits.length > 0 ? `${listId}-${current}` : undefined}
        placeholder="Port, job or page"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        className="border-b border-line bg-transparent px-4 py-3 text-base outline-none placeholder:text-muted"
      />
      <div id={listId} role="listbox" aria-label="Results" className="max-h-80 overflow-y-auto py-1">
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above carries the keys of this list
          <div
            key={`${hit.kind} ${hit.href}`}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onClick={() => open(hit.href)}
            onMouseMove={() => setActive(index)}
            className={clsx('flex cursor-pointer gap-3 px-4 py-1.5', index === current && 'bg-raised')}
          >
            <span className="min-w-0 truncate">{hit.title}</span>
            <span className="ml-auto text-muted">{hit.kind}</span>
          </div>
        ))}
      </div>
      {hits.length === 0 && (
        <p className="px-4 pb-3 text-muted" role="status">
          {ports.isFetching
            ? 'Searching…'
            : ports.error
              ? `Ports could not be searched: ${ports.error.message}`
              : 'Nothing by that name.'}
        </p>
      )}
    </div>
  );
}
