import type { CounterName, GaugeName } from '../../../lib/counters/reading.ts';

/** What the collector knows of a device before it picks a profile. */
export interface DeviceIdentity {
  /** Dotted, e.g. 1.3.6.1.4.1.30065.1.3011. */
  sysObjectId: string;
  sysDescr: string;
}

/** Interface state that rides along with the counters. */
export type StateName =
  | 'operStatus'
  | 'highSpeedMbps'
  | 'discontinuityTicks'
  /** sysUpTime at which the link went up or down last. */
  | 'lastChangeTicks'
  /** sysUpTime at which the agent read the port's counters from hardware. */
  | 'sampledTicks';

/**
 * Where a column's value goes. Cells of one table that go to the same counter, priority and port are added up
 * (gauges: the largest counts); between tables the first one that the device has wins.
 */
export type ColumnTarget =
  | { counter: CounterName; widthBits: 32 | 64 }
  | {
      gauge: GaugeName;
      /** The largest since somebody cleared it: tells of an interval only when it rose in it. */
      sinceCleared?: boolean;
    }
  | { state: StateName };

export interface ColumnSpec {
  column: number;
  /** MIB object, for messages and docs. */
  object: string;
  to: ColumnTarget;
  /** Where a part of the row's index says what the value is: the target of each number; `to` for any other. */
  toByIndex?: { part: number; targets: Readonly<Record<number, ColumnTarget>> };
  /** Fixed PFC priority where the column stands for one; else the index's `priority` part, else the whole port. */
  priority?: number;
  /** Base units per unit of the object, e.g. 1000 for milliseconds to µs. */
  scale?: number;
  /** Scalar that multiplies the value: the device's cell size. */
  scaleBy?: 'cellSize';
  /**
   * The MIB's unit is in doubt: milliseconds by its text, microseconds by the hardware. Not used until it has grown
   * faster than milliseconds can.
   */
  unprovenUs?: boolean;
  /** Priorities are also added up into the whole port's counter. */
  totalsPort?: boolean;
}

/**
 * Parts of a row index after the column: `ifIndex` names the port, `priority` the PFC priority (`priorityFrom1` where
 * the MIB counts them 1 to 8), `queue` is folded into the port (a queue is not a priority), `any` is ignored, numbers
 * select rows.
 */
export type IndexPart = 'ifIndex' | 'priority' | 'priorityFrom1' | 'queue' | 'any' | readonly number[];

export interface TableSpec {
  /** MIB table, for messages. */
  table: string;
  /** OID of the table entry. */
  entry: string;
  index: readonly IndexPart[];
  columns: readonly ColumnSpec[];
  /** Rows are numbered by the device's own port order; this column holds the port name to join on. */
  nameColumn?: number;
  /** Rows count only where this TruthValue column of the same row is true(1), as read at discovery. */
  enabledColumn?: number;
  /** Platforms that cannot count it answer zeros: a table of zeros is no table. */
  zeroMeansMissing?: boolean;
}

/** How optical power and temperature are read. */
export type OpticsKind = 'entity-sensor' | 'cisco-entity-sensor' | 'juniper-dom' | 'ruijie-fiber' | 'huawei-optics';

/** Everything that is particular to a vendor's agent. Tables come before the standard ones, so they win. */
export interface VendorProfile {
  name: string;
  /** Vendor and OS as an operator says it. */
  title: string;
  matches(identity: DeviceIdentity): boolean;
  /** Column that carries the name people use. */
  portName: 'ifName' | 'ifDescr';
  tables: readonly TableSpec[];
  optics: OpticsKind;
  /** Object (scalar or column) that holds the buffer cell size in bytes. */
  cellSizeObject?: string;
  /** The agent refreshes its values this seldom: added to the clock error, and told to the operator. */
  refreshMs?: number;
  /** What this platform does not tell over SNMP, and where it can be had instead. */
  notes: readonly string[];
}
