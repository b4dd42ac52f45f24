import type { Metadata } from 'next';
import { Hydrated } from '../_data/hydrated.tsx';
import { queryKeys } from '../_lib/query-keys.ts';
import { FabricScreen } from './client.tsx';

export const metadata: Metadata = { title: 'Fabric' };

export default function FabricPage() {
  return (
    <Hydrated wanted={[{ key: queryKeys.overview, read: (queries) => queries.overview() }]}>
      <FabricScreen />
    </Hydrated>
  );
}
