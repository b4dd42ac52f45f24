import { DeviceClock } from '../../collectors/gnmi/intake/device-clock.ts';
import { Intake } from '../../collectors/gnmi/intake/intake.ts';
import { DeviceTable, MAX_PORTS } from '../../collectors/gnmi/intake/table.ts';
import { PATH_SETS } from '../../collectors/gnmi/paths/index.ts';
import { decodeCapabilities } from '../../collectors/gnmi/proto/capabilities.ts';
import {
  block,
  capabilities,
  counterPath,
  deletion,
  INTERFACE,
  notification,
  path,
  response,
  SYNC,
  update,
} from '../../tests/collectors/gnmi/messages.ts';
import { mutate } from './mutate.ts';
import type { FuzzSubject } from './run.ts';

const NOW = 1_800_000_000_000;
const COUNTERS = ['Ethernet1', 'Ethernet2'].map((port) => update(counterPath(port, 'in-octets'), { uint: 1n << 50n }));
const STREAMED = [
  response({ atMs: NOW, parts: COUNTERS }),
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
  SYNC,
];
const GOT = [block(1, notification({ atMs: NOW, parts: COUNTERS }))];
const CAPABLE = [capabilities(['openconfig-interfaces'], [0, 2, 4])];

/** Mutated gNMI messages, through every path set's reader. */
export function gnmiSubject(): FuzzSubject {
  const table = new DeviceTable(() => true);
  const listener = { roundStartedMs: NOW, updating: () => {}, noticed: () => {} };
  const intakes = PATH_SETS.map((set) => new Intake(set, table, new DeviceClock(), listener, 0));
  return {
    next: (random) => {
      const intake = random.pick(intakes);
      const [good, read] = random.pick<[readonly Buffer[], (bytes: Buffer) => void]>([
        [STREAMED, (bytes) => intake.subscribeResponse(bytes, NOW)],
        [GOT, (bytes) => intake.getResponse(bytes, NOW)],
        [CAPABLE, decodeCapabilities],
      ]);
      const bytes = mutate(random.pick(good), random);
      return {
        describe: () => bytes.toString('hex').slice(0, 400),
        run: () => {
          read(bytes);
          return true;
        },
      };
    },
    isWell: () => {
      for (const intake of intakes) for (const good of STREAMED) intake.subscribeResponse(good, NOW);
      return table.names.includes('Ethernet2') && table.names.length <= MAX_PORTS;
    },
  };
}
