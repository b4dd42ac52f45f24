import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { queryKeys } from '../_lib/query-keys.ts';
import { IncidentsScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Incidents' };

export default function IncidentsPage() {
  return (
    <Hydrated
      wanted={[
        { key: queryKeys.incidents, read: (queries) => queries.incidents({ limit: 500 }) },
        { key: queryKeys.jobs, read: (queries) => queries.jobs({ limit: 500 }) },
      ]}
    >
      <IncidentsScreen />
    </Hydrated>
  );
}
