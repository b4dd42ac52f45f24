/** A port of the fabric. Host NICs are ports of a device whose role is `host`. */
export interface PortRef {
  device: string;
  port: string;
}

export const DEVICE_ROLES = ['host', 'leaf', 'spine', 'core', 'switch', 'unknown'] as const;
export type DeviceRole = (typeof DEVICE_ROLES)[number];

/** A cable: two ports. */
export interface Link {
  a: PortRef;
  b: PortRef;
  /** Expected rate, where the config says it; otherwise learned from the ports. */
  linkRateBitsPerSec?: number;
  /** Who says so. A link named by both ends over LLDP is `lldp` with bothEnds. */
  source: 'config' | 'lldp' | 'infiniband' | 'trace';
  bothEnds?: boolean;
  /** Link aggregation groups the ports belong to, as far as an end says so: the cable is one of the group's members. */
  lag?: { a?: string; b?: string };
}

/** A device as far as anyone has named it. */
export interface DeviceInfo {
  device: string;
  role: DeviceRole;
  /** False for a neighbour that is known from a link but not polled. */
  polled: boolean;
}

/** One rank of a job and the NIC it sends through. `port` may be unknown until the host has been polled. */
export interface RankPlacement {
  rank: number;
  device: string;
  port?: string;
}

/** Hosts and ranks of a training job; its ports follow from the hosts and the links. */
export interface JobPlacement {
  job: string;
  /** Hosts, where ranks are not known. */
  hosts: string[];
  ranks: RankPlacement[];
  /** NICs the job uses, of hosts that tell: their others (for storage, for management) carry nothing of it. */
  nics?: PortRef[];
  /** The one host this word is of: what was said of the job's other hosts stands. Never kept. */
  ofHost?: string;
  warmupSteps?: number;
  gpus?: number;
  startMs?: number;
  endMs?: number;
  source: 'config' | 'api' | 'slurm' | 'kubernetes' | 'dcgm-jobs' | 'log' | 'trace';
}
