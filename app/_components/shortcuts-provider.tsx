'use client';

import { useRouter } from 'next/navigation';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { readShortcut, type ShortcutAction } from '../_lib/shortcuts.ts';
import { HelpDialog } from './help-dialog.tsx';
import { useLiveState } from './live-provider.tsx';
import { SearchDialog } from './search-dialog.tsx';

interface Neighbours {
  previous: string | null;
  next: string | null;
}

interface Shortcuts {
  openSearch: () => void;
  openHelp: () => void;
  setNeighbours: (neighbours: Neighbours) => void;
}

const ShortcutsContext = createContext<Shortcuts | null>(null);

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A second key after `g` must follow within this time, ms. */
const SEQUENCE_MS = 1500;

/** Keys that work on every screen, with the two dialogs they open. */
export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const router = useRouter();
  const { state, setPaused } = useLiveState();
  const [dialog, setDialog] = useState<'search' | 'help' | null>(null);
  const neighbours = useRef<Neighbours>({ previous: null, next: null });

  const act = (action: ShortcutAction) => {
    switch (action.kind) {
      case 'go':
        router.push(action.href);
        return;
      case 'search':
      case 'help':
        setDialog(action.kind);
        return;
      case 'live':
        setPaused(!(state.kind === 'paused' && state.by === 'reader'));
        return;
      default: {
        const href = neighbours.current[action.kind];
        if (href !== null) router.push(href);
      }
    }
  };
  const latestAct = useRef(act);
  useEffect(() => {
    latestAct.current = act;
  });

  useEffect(() => {
    let pending: '' | 'g' = '';
    let pendingSinceMs = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Shift') return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setDialog('search');
        return;
      }
      if (event.timeStamp - pendingSinceMs > SEQUENCE_MS) pending = '';
      const busy =
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isWriting(event.target) ||
        document.querySelector('dialog[open]') !== null;
      const read = readShortcut(pending, { key: event.key, busy });
      pending = read.pending;
      pendingSinceMs = event.timeStamp;
      if (read.action === undefined) return;
      event.preventDefault();
      latestAct.current(read.action);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  const shortcuts = useMemo<Shortcuts>(
    () => ({
      openSearch: () => setDialog('search'),
      openHelp: () => setDialog('help'),
      setNeighbours: (next) => {
        neighbours.current = next;
      },
    }),
    [],
  );
  return (
    <ShortcutsContext.Provider value={shortcuts}>
      {children}
      <SearchDialog open={dialog === 'search'} onClose={() => setDialog(null)} />
      <HelpDialog open={dialog === 'help'} onClose={() => setDialog(null)} />
    </ShortcutsContext.Provider>
  );
}

export function useShortcuts(): Shortcuts {
  const shortcuts = useContext(ShortcutsContext);
  if (shortcuts === null) throw new Error('useShortcuts needs a ShortcutsProvider above it');
  return shortcuts;
}

/** Says where `[` and `]` lead while this screen is open; null = nowhere. */
export function useNeighbours(previous: string | null, next: string | null): void {
  const { setNeighbours } = useShortcuts();
  useEffect(() => {
    setNeighbours({ previous, next });
    return () => setNeighbours({ previous: null, next: null });
  }, [setNeighbours, previous, next]);
}
