'use client';

import { StartLive } from './_components/live-provider.tsx';
import { Failed } from './_components/states.tsx';

/** A bug of a page: what it said, a way to try again, and the digest to quote. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const shown = error.digest === undefined ? error : new Error(`${error.message} (digest ${error.digest})`);
  return (
    <>
      <StartLive />
      <Failed what="This page" error={shown} retry={reset} />
    </>
  );
}
