import { Hydrated } from './_data/hydrated.tsx';
import { queryKeys } from './_lib/query-keys.ts';
import { OverviewScreen } from './client.tsx';

export default function OverviewPage() {
  return (
    <Hydrated wanted={[{ key: queryKeys.overview, read: (queries) => queries.overview() }]}>
      <OverviewScreen />
    </Hydrated>
  );
}
