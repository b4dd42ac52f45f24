import { type Fault, type FaultKind, isNetworkFault, rootPorts } from '../fabric/faults.ts';
import { rootDevice } from '../fabric/placement.ts';
import type { FabricTopology } from '../fabric/topology.ts';

/** What may be said of a fault and count as right: kinds and root ports. */
export interface AcceptedAnswer {
  id: number;
  kind: FaultKind;
  network: boolean;
  acceptKinds: string[];
  acceptPorts: { device: string; port: string }[];
  device: string | null;
  rank: number | null;
  job: string | null;
}

/** A stuck receiver and a slow one differ by degree only, and so do a collision and an imbalance. */
const ACCEPT: Record<FaultKind, string[]> = {
  'pause-storm': ['pause-storm', 'slow-receiver'],
  'slow-receiver': ['slow-receiver', 'pause-storm'],
  incast: ['incast'],
  'link-degraded': ['link-degraded'],
  'ecmp-collision': ['ecmp-collision', 'uplink-imbalance'],
  'link-flap': ['link-flap'],
  'packet-loss': ['packet-loss'],
  'pfc-deadlock': ['pfc-deadlock'],
  'compute-straggler': ['compute-straggler'],
  'data-stall': ['data-stall'],
  checkpoint: ['checkpoint'],
};

export function acceptedAnswer(
  topology: FabricTopology,
  fault: Fault,
  jobs: readonly { name: string; hosts: readonly number[] }[],
): AcceptedAnswer {
  const job = fault.job === undefined ? undefined : jobs[fault.job];
  const rankHost = fault.rank === undefined ? undefined : job?.hosts[fault.rank];
  const device = rootDevice(topology, fault) ?? rankHost;
  return {
    id: fault.id,
    kind: fault.kind,
    network: isNetworkFault(fault.kind),
    acceptKinds: ACCEPT[fault.kind],
    acceptPorts: rootPorts(topology, fault).map((index) => {
      const port = topology.ports[index];
      return { device: topology.devices[port?.device ?? -1]?.name ?? '', port: port?.name ?? '' };
    }),
    device: device === undefined ? null : (topology.devices[device]?.name ?? null),
    rank: fault.rank ?? null,
    job: job?.name ?? null,
  };
}
