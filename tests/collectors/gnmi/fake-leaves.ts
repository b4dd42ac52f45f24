import { type Keyed, path, type TestValue, update } from './messages.ts';

/** A leaf of the target: where it is and what it holds when it is read. */
export interface Leaf {
  at: Keyed[];
  value(): bigint | string;
}

export const elemsOf = (at: readonly Keyed[]) =>
  at.map((elem) => (typeof elem === 'string' ? { name: elem, key: {} } : { name: elem[0], key: elem[1] }));
export const textOf = (at: readonly Keyed[]) =>
  `/${at
    .map((elem) => (typeof elem === 'string' ? elem : `${elem[0]}[${Object.values(elem[1]).join(',')}]`))
    .join('/')}`;

/** The value in the encoding that was asked for, as gnmi.proto names it. */
function encoded(value: bigint | string, encoding: string): TestValue {
  const text = String(value);
  if (encoding === 'JSON_IETF') return { jsonIetf: JSON.stringify(text) };
  if (encoding === 'JSON') return { json: typeof value === 'bigint' ? text : JSON.stringify(text) };
  if (encoding === 'ASCII') return { ascii: text };
  if (encoding === 'BYTES') return { bytes: Buffer.from(text) };
  return typeof value === 'bigint' ? { uint: value } : { text };
}

export function updateOf({ at, value }: Leaf, encoding: string): Buffer {
  return update(path(at), encoded(value(), encoding));
}

/** Ports as OpenConfig shows them. `total` is read anew for every value. */
export function openconfigLeaves(ports: readonly string[], total: () => bigint): Leaf[] {
  return ports.flatMap((name, index) => {
    const port: Keyed[] = ['interfaces', ['interface', { name }]];
    const heard: Keyed[] = [
      'lldp',
      'interfaces',
      ['interface', { name }],
      'neighbors',
      ['neighbor', { id: '1' }],
      'state',
    ];
    const component: Keyed[] = ['components', ['component', { name: `xcvr-${name}` }]];
    const lane: Keyed[] = [...component, 'transceiver', 'physical-channels', ['channel', { index: '0' }], 'state'];
    return [
      { at: [...port, 'state', 'counters', 'in-octets'], value: total },
      { at: [...port, 'state', 'counters', 'out-octets'], value: () => total() * 2n },
      { at: [...port, 'ethernet', 'state', 'counters', 'in-mac-pause-frames'], value: () => 7n },
      { at: [...port, 'ethernet', 'state', 'port-speed'], value: () => 'openconfig-if-ethernet:SPEED_400GB' },
      { at: [...port, 'state', 'oper-status'], value: () => 'UP' },
      { at: [...port, 'state', 'transceiver'], value: () => `xcvr-${name}` },
      { at: [...heard, 'system-name'], value: () => `gpu${index + 1}.lab` },
      { at: [...heard, 'port-id'], value: () => 'b8:59:9f:00:00:01' },
      { at: [...heard, 'port-id-type'], value: () => 'MAC_ADDRESS' },
      { at: [...heard, 'port-description'], value: () => 'mlx5_0' },
      { at: [...lane, 'input-power', 'instant'], value: () => '-2.5' },
    ];
  });
}
