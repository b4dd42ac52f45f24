import type { PortRef } from '../../../lib/topology/types.ts';
import { portName } from '../../_lib/paths.ts';
import { PortLink } from '../port-link.tsx';

/** Ports in columns; long lists fold. */
export function PortList({ ports, none, most = 16 }: { ports: readonly PortRef[]; none: string; most?: number }) {
  if (ports.length === 0) return <p className="py-1 text-muted">{none}</p>;
  const [first, rest] = [ports.slice(0, most), ports.slice(most)];
  return (
    <>
      <Columns ports={first} />
      {rest.length > 0 && (
        <details>
          <summary className="text-muted">{rest.length} more</summary>
          <Columns ports={rest} />
        </details>
      )}
    </>
  );
}

function Columns({ ports }: { ports: readonly PortRef[] }) {
  return (
    <ul className="columns-2 gap-4 sm:columns-3 lg:columns-2 xl:columns-3">
      {ports.map((port) => (
        <li key={portName(port)} className="break-inside-avoid leading-6">
          <PortLink port={port} />
        </li>
      ))}
    </ul>
  );
}
