import type { Model } from '../proto/capabilities.ts';
import type { PathElem } from '../proto/path.ts';
import { fieldsOf, ofPort, ofQueue, queueFieldsOf } from './sonic-fields.ts';
import type { Meaning, PathSet, Quantity, SetLeaf } from './types.ts';
import { identity } from './yang.ts';

/** That a port is listed under a group says it is a member, whatever its fields say. */
const MEMBER = '*';

/**
 * Replies come as COUNTERS/Ethernet* with an object keyed by port, as one port with an object of fields, or as one
 * field: with the object's keys taken as path elements, the last two are always object and field.
 */
function meaningOf(elems: readonly PathElem[]): Meaning | null {
  const object = elems.at(-2)?.name ?? '';
  const field = elems.at(-1)?.name ?? '';
  if (elems.length < 3 || object === '' || object.includes('*')) return null;
  const table = elems[0]?.name ?? '';
  const [port = '', queue, kind] = object.split(':');
  if (table === 'LAG_MEMBER_TABLE') {
    if (queue === undefined) return null;
    return { port: queue, quantity: { kind: 'state', state: 'group', text: port }, leaf: MEMBER };
  }
  if (queue === undefined) return meant(port, field, ofPort(table, field));
  const priority = Number(queue);
  // The periodic watermark is of a longer window: the plain one says the same sooner.
  if (kind !== undefined || !(priority >= 0 && priority <= 7)) return null;
  return meant(port, field, ofQueue(priority, field));
}

const meant = (port: string, leaf: string, quantity: Quantity | undefined): Meaning | null =>
  quantity === undefined ? null : { port, quantity, leaf };

function under(elems: readonly PathElem[]): ReturnType<PathSet['under']> {
  const last = elems.at(-1)?.name ?? '';
  const meaning = meaningOf(elems);
  if (meaning !== null)
    return { port: meaning.port, covers: (quantity) => identity(quantity) === identity(meaning.quantity) };
  if (elems.length < 2 || last.includes('*')) return { port: null, covers: () => true };
  const name = elems.find((elem) => /^(Ethernet|Eth|etp)/i.test(elem.name))?.name.split(':')[0];
  return name === undefined ? null : { port: name, covers: () => true };
}

/** Leaves of the objects of a table. */
function leavesAt(at: string, fields: Readonly<Record<string, Quantity>>): SetLeaf[] {
  return Object.entries(fields).map(([leaf, quantity]) => ({ leaf, at: `${at}/${leaf}`, quantity }));
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
  leaves: leavesAt('COUNTERS/Ethernet*', fieldsOf('COUNTERS')),
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
  leaves: [
    // Only virtual output queues wait for credits.
    ...leavesAt('COUNTERS/Ethernet*/Queues', queueFieldsOf('SAI_QUEUE_')).map((leaf) =>
      leaf.leaf.includes('_CREDIT_') ? { ...leaf, spare: true as const } : leaf,
    ),
    ...leavesAt('COUNTERS/Ethernet*/Pfcwd', queueFieldsOf('PFC_WD_')),
  ],
};

/** Ingress buffers of priority groups and their headroom: peaks that the device clears every two minutes. */
export const sonicBuffers: PathSet = {
  ...shared,
  name: 'sonic-buffers',
  target: 'COUNTERS_DB',
  rare: true,
  paths: [{ path: '/PERIODIC_WATERMARKS/Ethernet*/PriorityGroups', mode: 'sample' }],
  leaves: leavesAt('PERIODIC_WATERMARKS/Ethernet*/PriorityGroups', queueFieldsOf('SAI_INGRESS_')).filter(
    ({ quantity }) => quantity.kind === 'gauge',
  ),
};

/** What the device computes itself, for releases that count no corrected bits: asked for only where it is named. */
export const sonicRates: PathSet = {
  ...shared,
  name: 'sonic-rates',
  target: 'COUNTERS_DB',
  paths: [{ path: '/RATES/Ethernet*', mode: 'sample' }],
  leaves: leavesAt('RATES/Ethernet*', fieldsOf('RATES')),
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
  leaves: leavesAt('COUNTERS/*/VoQs', queueFieldsOf('SAI_QUEUE_')),
  suits: () => false,
};

/** Link state, speed and the alias some releases use as port name. */
export const sonicState: PathSet = {
  ...shared,
  name: 'sonic-state',
  target: 'APPL_DB',
  paths: [{ path: '/PORT_TABLE', mode: 'sample' }],
  leaves: leavesAt('PORT_TABLE', fieldsOf('PORT_TABLE')),
};

/** Neighbours by LLDP. */
export const sonicLinks: PathSet = {
  ...shared,
  name: 'sonic-links',
  target: 'APPL_DB',
  rare: true,
  paths: [{ path: '/LLDP_ENTRY_TABLE', mode: 'sample' }],
  leaves: leavesAt('LLDP_ENTRY_TABLE', fieldsOf('LLDP_ENTRY_TABLE')),
};

/** Received power of each lane, dBm, and temperature of the module. */
export const sonicOptics: PathSet = {
  ...shared,
  name: 'sonic-optics',
  target: 'STATE_DB',
  rare: true,
  paths: [{ path: '/TRANSCEIVER_DOM_SENSOR', mode: 'sample' }],
  leaves: leavesAt('TRANSCEIVER_DOM_SENSOR', fieldsOf('TRANSCEIVER_DOM_SENSOR')),
};

/** Signal to noise by lane, where the switch measures it and `counterpoll phy` is on. @source sonic-gnmi, virtual_db.go */
export const sonicPhy: PathSet = {
  ...shared,
  name: 'sonic-phy',
  target: 'COUNTERS_DB',
  rare: true,
  optional: true,
  paths: [{ path: '/PORT_PHY_ATTR/Ethernet*', mode: 'sample' }],
  leaves: leavesAt('PORT_PHY_ATTR/Ethernet*', fieldsOf('PORT_PHY_ATTR')),
};

/** Which ports are members of a group ("PortChannel1:Ethernet0"). A switch without groups refuses the table. */
export const sonicGroups: PathSet = {
  ...shared,
  name: 'sonic-groups',
  target: 'APPL_DB',
  rare: true,
  optional: true,
  paths: [{ path: '/LAG_MEMBER_TABLE', mode: 'sample' }],
  leaves: [{ leaf: MEMBER, at: `LAG_MEMBER_TABLE/${MEMBER}`, quantity: { kind: 'state', state: 'group' } }],
};
