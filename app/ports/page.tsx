import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { queryKeys } from '../_lib/query-keys.ts';
import { PortsScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Ports' };

/** Rows in the first HTML; the browser reads the whole list where there are more. */
const FIRST_ROWS = 1000;

export default function PortsPage() {
  return (
    <Hydrated wanted={[{ key: queryKeys.ports, read: (queries) => queries.ports({ limit: FIRST_ROWS }) }]}>
      <PortsScreen />
    </Hydrated>
  );
}
