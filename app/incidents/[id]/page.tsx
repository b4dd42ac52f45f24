import type { Metadata } from 'next';
import { Hydrated } from '../../_data/hydrated.tsx';
import { decodeSegment } from '../../_lib/paths.ts';
import { queryKeys } from '../../_lib/query-keys.ts';
import { IncidentScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Incident' };

export default async function IncidentPage({ params }: { params: Promise<{ id: string }> }) {
  const id = decodeSegment((await params).id);
  return (
    <Hydrated
      wanted={[
        { key: queryKeys.incident(id), read: (queries) => queries.incident(id) },
        { key: queryKeys.incidents, read: (queries) => queries.incidents({ limit: 500 }) },
        { key: queryKeys.jobs, read: (queries) => queries.jobs({ limit: 500 }) },
      ]}
    >
      <IncidentScreen id={id} />
    </Hydrated>
  );
}
