import { CODEWORD_BINS } from '../../../lib/counters/frame-loss.ts';
import type { Model } from '../proto/capabilities.ts';
import type { PathElem } from '../proto/path.ts';
import { counter, type Meaning, type NeighbourField, type PathSet, type Quantity } from './types.ts';

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
  SAI_INGRESS_PRIORITY_GROUP_STAT_DROPPED_PACKETS: (priority) => counter('drops', { priority, part: 'ingress' }),
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

/** Fields of a port by the table they stand in; ports of any other table have counters. */
const TABLES: Readonly<Record<string, Readonly<Record<string, Quantity>>>> = {
  RATES: RATE_FIELDS,
  PORT_TABLE: STATE_FIELDS,
  LLDP_ENTRY_TABLE: LINK_FIELDS,
  TRANSCEIVER_DOM_SENSOR: OPTIC_FIELDS,
};

/**
 * Replies come as COUNTERS/Ethernet* with an object keyed by port, as one port with an object of fields, or as one
 * field: with the object's keys taken as path elements, the last two are always object and field.
 */
function meaningOf(elems: readonly PathElem[]): Meaning | null {
  const object = elems.at(-2)?.name ?? '';
  const field = elems.at(-1)?.name ?? '';
  if (elems.length < 3 || object === '' || object.includes('*')) return null;
  const [port = '', queue, kind] = object.split(':');
  if (queue === undefined) {
    const table = elems[0]?.name ?? '';
    const fields = (Object.hasOwn(TABLES, table) ? TABLES[table] : undefined) ?? PORT_FIELDS;
    const quantity = Object.hasOwn(fields, field) ? fields[field] : undefined;
    return quantity === undefined ? null : { port, quantity };
  }
  const priority = Number(queue);
  const make = Object.hasOwn(QUEUE_FIELDS, field) ? QUEUE_FIELDS[field] : undefined;
  // The periodic watermark is of a longer window: the plain one says the same sooner.
  if (make === undefined || kind !== undefined || !(priority >= 0 && priority <= 7)) return null;
  return { port, quantity: make(priority) };
}

function under(elems: readonly PathElem[]): ReturnType<PathSet['under']> {
  const last = elems.at(-1)?.name ?? '';
  const meaning = meaningOf(elems);
  if (meaning !== null) return { port: meaning.port, covers: (quantity) => sameQuantity(quantity, meaning.quantity) };
  if (elems.length < 2 || last.includes('*')) return { port: null, covers: () => true };
  const name = elems.find((elem) => /^(Ethernet|Eth|etp)/i.test(elem.name))?.name.split(':')[0];
  return name === undefined ? null : { port: name, covers: () => true };
}

function sameQuantity(a: Quantity, b: Quantity): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const isSonic = (models: readonly Model[]): boolean =>
  models.some(({ name, organization }) => name.startsWith('sonic') || /sonic/i.test(organization));
const shared = { origin: '', encodings: ['JSON_IETF', 'JSON'], suits: isSonic, meaningOf, under } as const;

/** @source SONiC sonic-gnmi, COUNTERS_DB (SAI statistics as decimal strings) */
export const sonicPorts: PathSet = {
  ...shared,
  name: 'sonic-ports',
  target: 'COUNTERS_DB',
  paths: [{ path: '/COUNTERS/Ethernet*', mode: 'sample' }],
};

/** Queues are refreshed every 10 s and watermarks every 60 s on the device: repeats are told apart later. */
export const sonicQueues: PathSet = {
  ...shared,
  name: 'sonic-queues',
  target: 'COUNTERS_DB',
  paths: [
    { path: '/COUNTERS/Ethernet*/Queues', mode: 'sample' },
    { path: '/COUNTERS/Ethernet*/Pfcwd', mode: 'sample' },
  ],
};

/** Ingress buffers of priority groups and their headroom: peaks that the device clears every two minutes. */
export const sonicBuffers: PathSet = {
  ...shared,
  name: 'sonic-buffers',
  target: 'COUNTERS_DB',
  rare: true,
  paths: [{ path: '/PERIODIC_WATERMARKS/Ethernet*/PriorityGroups', mode: 'sample' }],
};

/** What the device computes itself, for releases that count no corrected bits: asked for only where it is named. */
export const sonicRates: PathSet = {
  ...shared,
  name: 'sonic-rates',
  target: 'COUNTERS_DB',
  paths: [{ path: '/RATES/Ethernet*', mode: 'sample' }],
  suits: () => false,
};

/**
 * Virtual output queues of a chassis, by the port they lead to ("linecard|asic|Ethernet84"). There are as many as the
 * chassis has ports on every card: asked for only where the configuration names them.
 */
export const sonicVoqs: PathSet = {
  ...shared,
  name: 'sonic-voqs',
  target: 'COUNTERS_DB',
  paths: [{ path: '/COUNTERS/*/VoQs', mode: 'sample' }],
  suits: () => false,
};

/** Link state, speed and the alias some releases use as port name. */
export const sonicState: PathSet = {
  ...shared,
  name: 'sonic-state',
  target: 'APPL_DB',
  paths: [{ path: '/PORT_TABLE', mode: 'sample' }],
};

/** Neighbours by LLDP. */
export const sonicLinks: PathSet = {
  ...shared,
  name: 'sonic-links',
  target: 'APPL_DB',
  rare: true,
  paths: [{ path: '/LLDP_ENTRY_TABLE', mode: 'sample' }],
};

/** Received power of each lane, dBm, and temperature of the module. */
export const sonicOptics: PathSet = {
  ...shared,
  name: 'sonic-optics',
  target: 'STATE_DB',
  rare: true,
  paths: [{ path: '/TRANSCEIVER_DOM_SENSOR', mode: 'sample' }],
};
