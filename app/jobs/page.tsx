import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { queryKeys } from '../_lib/query-keys.ts';
import { JobsScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Jobs' };

export default function JobsPage() {
  return (
    <Hydrated wanted={[{ key: queryKeys.jobs, read: (queries) => queries.jobs({ limit: 500 }) }]}>
      <JobsScreen />
    </Hydrated>
  );
}
