'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ThemeProvider } from 'next-themes';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { type ReactNode, useState } from 'react';
import { ApiError } from '../_lib/api.ts';
import { ClockProvider } from './clock-provider.tsx';
import { LiveProvider } from './live-provider.tsx';

/** Documents that the stream keeps fresh are read again at most this often on their own, ms. */
const FRESH_FOR_MS = 15_000;

/** One more try soon after a failure; then the reader is told, and asks again when they like, ms. */
const RETRY_MS = 500;

function shouldRetry(failures: number, error: Error): boolean {
  const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return !refused && failures < 1;
}

/** Everything below has the caches, the stream, the clock, the theme and the URL state. */
export function Providers({ startMs, children }: { startMs: number; children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: FRESH_FOR_MS,
            retry: shouldRetry,
            retryDelay: RETRY_MS,
            refetchIntervalInBackground: false,
          },
        },
      }),
  );
  return (
    <ThemeProvider attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
      <NuqsAdapter>
        <QueryClientProvider client={client}>
          <ClockProvider startMs={startMs}>
            <LiveProvider>{children}</LiveProvider>
          </ClockProvider>
        </QueryClientProvider>
      </NuqsAdapter>
    </ThemeProvider>
  );
}
