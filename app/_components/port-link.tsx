import Link from 'next/link';
import type { PortRef } from '../../lib/topology/types.ts';
import { portHref, portName } from '../_lib/paths.ts';

/** A port by its full name, leading to its page. */
export function PortLink({ port }: { port: PortRef }) {
  return (
    <Link href={portHref(port)} className="link break-all font-mono text-xs">
      {portName(port)}
    </Link>
  );
}
