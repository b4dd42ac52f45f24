import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { queryKeys } from '../_lib/query-keys.ts';
import { AlertsScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Alerts' };

export default function AlertsPage() {
  return (
    <Hydrated wanted={[{ key: queryKeys.deliveries, read: (queries) => queries.deliveries({ limit: 200 }) }]}>
      <AlertsScreen />
    </Hydrated>
  );
}
