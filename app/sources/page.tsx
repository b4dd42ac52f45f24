import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { queryKeys } from '../_lib/query-keys.ts';
import { SourcesScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Sources' };

export default function SourcesPage() {
  return (
    <Hydrated
      wanted={[
        { key: queryKeys.targets, read: (queries) => queries.targets({ limit: 1000 }) },
        { key: queryKeys.intake, read: (queries) => queries.intake() },
      ]}
    >
      <SourcesScreen />
    </Hydrated>
  );
}
