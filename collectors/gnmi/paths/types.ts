import type { CounterName, GaugeName } from '../../../lib/counters/reading.ts';
import type { Model } from '../proto/capabilities.ts';
import type { PathElem } from '../proto/path.ts';
import type { EncodingName } from '../proto/requests.ts';

/** What one leaf is, in our terms. Units change here and nowhere else. */
export type Quantity =
  | {
      kind: 'counter';
      counter: CounterName;
      priority: number;
      /** A counter may be the sum of several leaves (in and out discards): each is a part of its own. */
      part: string;
      widthBits: 32 | 64;
      /** The leaf's unit is this many times smaller than ours (ns to µs: 1000). */
      divisor: number;
      /** Leaves of a higher rank say the same again: they count only for ports that give none of a lower one. */
      rank: number;
      /**
       * Many leaves, of which a port may lack some: only what they grow by is added. The sum then begins at 0 with the
       * process, and a leaf that comes later makes no jump.
       */
      grows: boolean;
    }
  | { kind: 'gauge'; gauge: GaugeName; priority: number }
  /** @param text instead of the leaf's own value: that the leaf is there says enough */
  | { kind: 'state'; state: StateName; text?: string }
  /** What LLDP hears on a port. A port may have several neighbours, told apart by `id`; '' = all of them. */
  | { kind: 'neighbour'; id: string; field: NeighbourField }
  /** Of a transceiver: the meaning's `port` is then the name of the component. `lane` '' = the whole module. */
  | { kind: 'optic'; gauge: OpticGauge; lane: string }
  /** The same of all lanes at once: a JSON object of them, as text. */
  | { kind: 'lanes'; gauge: OpticGauge }
  /** Part of a congestion record, which names its port itself. */
  | { kind: 'congestion'; field: CongestionField }
  /** When the device started; belongs to no port. */
  | { kind: 'boot' }
  /** What the device calls itself over LLDP; belongs to no port. */
  | { kind: 'identity'; field: 'sysName' | 'chassisId' };

export type OpticGauge = 'rxPowerDbm' | 'rxSnrDb' | 'temperatureC';

export type StateName =
  | 'operStatus'
  | 'speedName'
  | 'negotiatedSpeedName'
  | 'speedMbps'
  | 'speedGbps'
  | 'alias'
  | 'transceiver'
  /** Which channels of the transceiver are this port's, where it has others beside it: "0,1,2,3". */
  | 'lanes'
  | 'group'
  | 'lastClear';
export type NeighbourField = 'chassisId' | 'chassisIdType' | 'portId' | 'portIdType' | 'portDescription' | 'sysName';

export type CongestionField = 'interface' | 'trafficClass' | 'queueBytes';

export interface Meaning {
  port: string;
  quantity: Quantity;
  /** Which leaf of the set it is. */
  leaf: string;
}

/** A leaf that a set reads, whatever its port, priority or queue. */
export interface SetLeaf {
  /** As in `Meaning`. */
  leaf: string;
  /** Where it stands, by names: "interfaces/interface/state/counters/in-octets". */
  at: string;
  /** Of one port and priority. A summand that goes by a key of the path has part ''. */
  quantity: Quantity;
  /** Some platforms have it instead of another, or beside it: nobody misses it. */
  spare?: true;
}

/** How a path is asked for. */
export interface AskedPath {
  path: string;
  mode: 'sample' | 'on-change';
}

/** Leaves that one Subscribe call asks for, and how to read what comes back. */
export interface PathSet {
  name: string;
  /** `prefix.target`; the SONiC database. '' = the config's, if any. */
  target: string;
  origin: string;
  paths: readonly AskedPath[];
  /** Names, links and optics, which hardly change: asked for as often as unchanged states are. */
  rare?: true;
  /** Not every device of the kind has it, and nothing tells before: one that refuses it, or stays silent, is well. */
  optional?: true;
  /** The device fills counters it does not have with all ones, or leaves a whole table of them at 0. */
  placeholders?: true;
  /** Best first; the first one the device has is used. */
  encodings: readonly EncodingName[];
  /** Whether a device with these models has this set. */
  suits(models: readonly Model[]): boolean;
  /** All that is read of what comes. */
  leaves: readonly SetLeaf[];
  /** What a leaf means; null = nothing we use. */
  meaningOf(elems: readonly PathElem[]): Meaning | null;
  /** What lies at or under a deleted path: the port (null = every port) and which quantities. null = nothing of ours. */
  under(elems: readonly PathElem[]): { port: string | null; covers(quantity: Quantity): boolean } | null;
}

/** A counter of the whole port, 64 bits, in our unit already. */
export function counter(
  name: CounterName,
  extra: Partial<Omit<Extract<Quantity, { kind: 'counter' }>, 'kind' | 'counter'>> = {},
): Quantity {
  const { priority = -1, part = '', divisor = 1, widthBits = 64, rank = 0, grows = false } = extra;
  return { kind: 'counter', counter: name, priority, part, widthBits, divisor, rank, grows };
}
