import { expect, it } from 'vitest';
import { DeviceClock } from '../../../collectors/gnmi/intake/device-clock.ts';
import { Intake } from '../../../collectors/gnmi/intake/intake.ts';
import { DeviceTable, MAX_PORTS } from '../../../collectors/gnmi/intake/table.ts';
import { PATH_SETS } from '../../../collectors/gnmi/paths/index.ts';
import { decodeCapabilities } from '../../../collectors/gnmi/proto/capabilities.ts';
import { ParseError } from '../../../lib/errors.ts';
import { capabilities, counterPath, deletion, INTERFACE, path, response, SYNC, update } from './messages.ts';

/** mulberry32: the same sequence every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const NOW = 1_800_000_000_000;
const MESSAGES = [
  response({
    atMs: NOW,
    parts: ['Ethernet1', 'Ethernet2'].map((port) => update(counterPath(port, 'in-octets'), { uint: 1n << 50n })),
  }),
  response({
    atMs: NOW,
    prefix: path(INTERFACE('Ethernet1')),
    atomic: true,
    parts: [update(path(['state']), { jsonIetf: '{"counters":{"in-octets":"12"},"oper-status":"UP"}' })],
  }),
  response({
    atMs: NOW,
    parts: [deletion(path(['interfaces'])), update(counterPath('Ethernet3', 'in-octets'), { decimal: [12n, 0] })],
  }),
  response({
    parts: [
      update(path(['COUNTERS', 'Ethernet*']), {
        jsonIetf: '{"Ethernet0":{"SAI_PORT_STAT_IF_IN_OCTETS":"99999999999999999999"}}',
      }),
    ],
  }),
  capabilities(['openconfig-interfaces'], [0, 2, 4]),
  SYNC,
];

it.each([1, 2, 3, 4, 5])('mutated messages are read or named as malformed, seed %i', (seed) => {
  const random = seeded(seed);
  const pick = (below: number) => Math.floor(random() * below);
  const table = new DeviceTable(() => true);
  const intakes = PATH_SETS.map(
    (set) => new Intake(set, table, new DeviceClock(), { roundStartedMs: NOW, updating: () => {} }, 0),
  );
  let refused = 0;
  for (let round = 0; round < 10_000; round++) {
    let bytes = Buffer.from(MESSAGES[pick(MESSAGES.length)]!);
    for (let change = pick(4); change >= 0; change--) bytes[pick(bytes.length)] = pick(256);
    if (random() < 0.3) bytes = bytes.subarray(0, pick(bytes.length));
    for (const read of [
      () => intakes[pick(intakes.length)]!.subscribeResponse(bytes, NOW),
      () => decodeCapabilities(bytes),
    ]) {
      try {
        read();
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        refused++;
      }
    }
  }
  expect(refused).toBeGreaterThan(1000);
  expect(table.names.length).toBeLessThanOrEqual(MAX_PORTS);
  // What was broken has left the reader whole.
  for (const intake of intakes) intake.subscribeResponse(MESSAGES[0]!, NOW);
  expect(table.names).toContain('Ethernet2');
});
