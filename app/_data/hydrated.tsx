import 'server-only';
import { HydrationBoundary } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { StartLive } from '../_components/live-provider.tsx';
import { type Prefetch, prefetch } from './prefetch.ts';

/** Puts the answers a page wants into the browser's caches before its components run. */
export async function Hydrated({ wanted, children }: { wanted: readonly Prefetch[]; children: ReactNode }) {
  return (
    <HydrationBoundary state={await prefetch(wanted)}>
      {children}
      <StartLive />
    </HydrationBoundary>
  );
}
