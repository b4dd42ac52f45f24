import { Skeleton } from './_components/states.tsx';

export default function Loading() {
  return (
    <div aria-busy="true" role="status" aria-label="Loading" className="flex flex-col gap-3">
      <Skeleton height={44} />
      <Skeleton height={220} />
      <Skeleton height={320} />
    </div>
  );
}
