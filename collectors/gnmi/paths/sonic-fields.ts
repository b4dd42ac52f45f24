import { CODEWORD_BINS } from '../../../lib/counters/frame-loss.ts';
import { counter, type NeighbourField, type Quantity } from './types.ts';

const PORT_FIELDS: Readonly<Record<string, Quantity>> = {
  SAI_PORT_STAT_IF_IN_OCTETS: counter('rxBytes'),
  SAI_PORT_STAT_IF_OUT_OCTETS: counter('txBytes'),
  SAI_PORT_STAT_IF_IN_UCAST_PKTS: counter('rxPackets', { part: 'unicast' }),
  SAI_PORT_STAT_IF_IN_NON_UCAST_PKTS: counter('rxPackets', { part: 'other' }),
  SAI_PORT_STAT_IF_OUT_UCAST_PKTS: counter('txPackets', { part: 'unicast' }),
  SAI_PORT_STAT_IF_OUT_NON_UCAST_PKTS: counter('txPackets', { part: 'other' }),
  SAI_PORT_STAT_IF_IN_DISCARDS: counter('drops', { part: 'in' }),
  SAI_PORT_STAT_IF_OUT_DISCARDS: counter('drops', { part: 'out' }),
  SAI_PORT_STAT_IF_IN_ERRORS: counter('rxErrors'),
  SAI_PORT_STAT_PAUSE_RX_PKTS: counter('rxPauseFrames'),
  SAI_PORT_STAT_PAUSE_TX_PKTS: counter('txPauseFrames'),
  SAI_PORT_STAT_ECN_MARKED_PACKETS: counter('ecnMarkedPackets'),
  SAI_PORT_STAT_IF_IN_FEC_NOT_CORRECTABLE_FRAMES: counter('uncorrectableCodewords'),
  SAI_PORT_STAT_IF_IN_FEC_CORRECTED_BITS: counter('correctedBits'),
};
// SAI fixes no unit for PAUSE_DURATION without _US (quanta or µs by vendor): left out rather than guessed.
for (let priority = 0; priority < 8; priority++) {
  Object.assign(PORT_FIELDS, {
    [`SAI_PORT_STAT_PFC_${priority}_RX_PKTS`]: counter('rxPauseFrames', { priority }),
    [`SAI_PORT_STAT_PFC_${priority}_TX_PKTS`]: counter('txPauseFrames', { priority }),
    [`SAI_PORT_STAT_PFC_${priority}_RX_PAUSE_DURATION_US`]: counter('rxPauseUs', { priority }),
    [`SAI_PORT_STAT_PFC_${priority}_TX_PAUSE_DURATION_US`]: counter('txPauseUs', { priority }),
    [`SAI_PORT_STAT_PFC_${priority}_ON2OFF_RX_PKTS`]: counter('rxPauseTransitions', { priority }),
    // Any PFC in an interval of the device counts as paused for all of it.
    [`EST_PORT_STAT_PFC_${priority}_RX_PAUSE_DURATION_US`]: counter('rxPauseUsAtMost', { priority }),
  });
}
for (let bin = 0; bin < CODEWORD_BINS; bin++)
  Object.assign(PORT_FIELDS, {
    [`SAI_PORT_STAT_IF_IN_FEC_CODEWORD_ERRORS_S${bin}`]: counter('codewordErrors', { priority: bin }),
  });

const QUEUE_FIELDS: Readonly<Record<string, (priority: number) => Quantity>> = {
  SAI_QUEUE_STAT_PACKETS: (priority) => counter('txPackets', { priority }),
  SAI_QUEUE_STAT_BYTES: (priority) => counter('txBytes', { priority }),
  SAI_QUEUE_STAT_DROPPED_PACKETS: (priority) => counter('drops', { priority, part: 'queue' }),
  SAI_QUEUE_STAT_WRED_ECN_MARKED_PACKETS: (priority) => counter('ecnMarkedPackets', { priority }),
  SAI_QUEUE_STAT_SHARED_WATERMARK_BYTES: (priority) => ({ kind: 'gauge', gauge: 'queueWatermarkBytes', priority }),
  SAI_QUEUE_STAT_CURR_OCCUPANCY_BYTES: (priority) => ({ kind: 'gauge', gauge: 'queueBytes', priority }),
  PFC_WD_QUEUE_STATS_DEADLOCK_DETECTED: (priority) => counter('watchdogStorms', { priority }),
  SAI_INGRESS_PRIORITY_GROUP_STAT_SHARED_WATERMARK_BYTES: (priority) => ({
    kind: 'gauge',
    gauge: 'ingressWatermarkBytes',
    priority,
  }),
  SAI_INGRESS_PRIORITY_GROUP_STAT_XOFF_ROOM_WATERMARK_BYTES: (priority) => ({
    kind: 'gauge',
    gauge: 'headroomWatermarkBytes',
    priority,
  }),
  SAI_INGRESS_PRIORITY_GROUP_STAT_DROPPED_PACKETS: (priority) =>
    counter('drops', { priority, part: 'ingress', grows: true }),
  // Of virtual output queues that got no credit in time; not among those that were dropped.
  SAI_QUEUE_STAT_CREDIT_WD_DELETED_PACKETS: (priority) => counter('drops', { priority, part: 'credit', grows: true }),
};

const STATE_FIELDS: Readonly<Record<string, Quantity>> = {
  oper_status: { kind: 'state', state: 'operStatus' },
  speed: { kind: 'state', state: 'speedMbps' },
  alias: { kind: 'state', state: 'alias' },
};

/** Only where the ports count no corrected bits themselves is this of use: the counter is exact. */
const RATE_FIELDS: Readonly<Record<string, Quantity>> = {
  FEC_PRE_BER: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
};

const neighbour = (field: NeighbourField): Quantity => ({ kind: 'neighbour', id: '', field });
const LINK_FIELDS: Readonly<Record<string, Quantity>> = {
  lldp_rem_sys_name: neighbour('sysName'),
  lldp_rem_chassis_id: neighbour('chassisId'),
  lldp_rem_chassis_id_subtype: neighbour('chassisIdType'),
  lldp_rem_port_id: neighbour('portId'),
  lldp_rem_port_id_subtype: neighbour('portIdType'),
  lldp_rem_port_desc: neighbour('portDescription'),
};

const OPTIC_FIELDS: Readonly<Record<string, Quantity>> = {
  temperature: { kind: 'optic', gauge: 'temperatureC', lane: '' },
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, index): [string, Quantity] => [
      `rx${index + 1}power`,
      { kind: 'optic', gauge: 'rxPowerDbm', lane: String(index + 1) },
    ]),
  ),
};

/** Signal to noise of each lane, as the switch itself receives it. */
const PHY_FIELDS: Readonly<Record<string, Quantity>> = { rx_snr: { kind: 'lanes', gauge: 'rxSnrDb' } };

/** Fields of a port by the table they stand in; ports of any other table have counters. */
const TABLES: Readonly<Record<string, Readonly<Record<string, Quantity>>>> = {
  RATES: RATE_FIELDS,
  PORT_TABLE: STATE_FIELDS,
  LLDP_ENTRY_TABLE: LINK_FIELDS,
  TRANSCEIVER_DOM_SENSOR: OPTIC_FIELDS,
  PORT_PHY_ATTR: PHY_FIELDS,
};

/** Fields of a port in a table of the database, any other name for that of counters. */
export function fieldsOf(table: string): Readonly<Record<string, Quantity>> {
  return (Object.hasOwn(TABLES, table) ? TABLES[table] : undefined) ?? PORT_FIELDS;
}

/** Fields of queues or priority groups whose name begins so, of one priority. */
export function queueFieldsOf(begin: string): Readonly<Record<string, Quantity>> {
  const fields = Object.entries(QUEUE_FIELDS).filter(([field]) => field.startsWith(begin));
  return Object.fromEntries(fields.map(([field, make]) => [field, make(0)]));
}

/** What a port's field in a table means. */
export function ofPort(table: string, field: string): Quantity | undefined {
  const fields = fieldsOf(table);
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** What the field of a queue or a priority group means. */
export function ofQueue(priority: number, field: string): Quantity | undefined {
  return Object.hasOwn(QUEUE_FIELDS, field) ? QUEUE_FIELDS[field]?.(priority) : undefined;
}
