import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Hydrated } from '../../../../_data/hydrated.tsx';
import { decodeSegment } from '../../../../_lib/paths.ts';
import { queryKeys } from '../../../../_lib/query-keys.ts';
import { StepScreen } from './client.tsx';

type Params = Promise<{ job: string; step: string }>;

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  const { job, step } = await params;
  return { title: `${decodeSegment(job)} step ${decodeSegment(step)}` };
}

export default async function StepPage({ params }: { params: Params }) {
  const { job, step } = await params;
  const name = decodeSegment(job);
  if (!/^\d{1,15}$/.test(step)) notFound();
  const number = Number(step);
  return (
    <Hydrated wanted={[{ key: queryKeys.explain(name, number), read: (queries) => queries.explain(name, number) }]}>
      <StepScreen job={name} step={number} />
    </Hydrated>
  );
}
