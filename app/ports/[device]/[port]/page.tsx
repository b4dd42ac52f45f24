import type { Metadata } from 'next';
import { Hydrated } from '../../../_data/hydrated.tsx';
import { decodeSegment, portName } from '../../../_lib/paths.ts';
import { queryKeys } from '../../../_lib/query-keys.ts';
import { PortScreen } from './client.tsx';

type Params = Promise<{ device: string; port: string }>;

async function portOf(params: Params): Promise<{ device: string; port: string }> {
  const { device, port } = await params;
  return { device: decodeSegment(device), port: decodeSegment(port) };
}

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  return { title: portName(await portOf(params)) };
}

export default async function PortPage({ params }: { params: Params }) {
  const port = await portOf(params);
  return (
    <Hydrated wanted={[{ key: queryKeys.port(port), read: (queries) => queries.port(port.device, port.port) }]}>
      <PortScreen device={port.device} port={port.port} />
    </Hydrated>
  );
}
