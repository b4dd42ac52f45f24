import type { Metadata } from 'next';
import { Hydrated } from '../../_data/hydrated.tsx';
import { decodeSegment } from '../../_lib/paths.ts';
import { queryKeys } from '../../_lib/query-keys.ts';
import { JobScreen } from './client.tsx';

type Params = Promise<{ job: string }>;

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  return { title: decodeSegment((await params).job) };
}

export default async function JobPage({ params }: { params: Params }) {
  const job = decodeSegment((await params).job);
  return (
    <Hydrated wanted={[{ key: queryKeys.job(job), read: (queries) => queries.job(job) }]}>
      <JobScreen job={job} />
    </Hydrated>
  );
}
