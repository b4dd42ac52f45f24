import { DeviceClock } from '../../../collectors/gnmi/intake/device-clock.ts';
import { Intake } from '../../../collectors/gnmi/intake/intake.ts';
import { DeviceTable } from '../../../collectors/gnmi/intake/table.ts';
import type { PathSet } from '../../../collectors/gnmi/paths/types.ts';
import type { CounterName, GaugeName } from '../../../lib/counters/reading.ts';

export const NOW = 1_800_000_000_000;
const listener = { roundStartedMs: NOW, updating: () => {} };

/** A device's table with one call that is read into it. */
export function device(set: PathSet, table = new DeviceTable(() => true)) {
  const intake = new Intake(set, table, new DeviceClock(), listener, 0);
  const frame = () => table.frame('leaf1', NOW, NOW, 1000, 0);
  return {
    table,
    intake,
    frame,
    take: (...messages: Buffer[]) => {
      for (const message of messages) intake.subscribeResponse(message, NOW);
    },
    counter(name: CounterName, port = 'Ethernet1', priority = -1): bigint | null {
      const found = frame();
      const index = found?.ports.indexOf(port) ?? -1;
      const column = found?.counters.find((one) => one.counter === name && one.priority === priority);
      if (column?.present[index] !== 1) return null;
      return (BigInt(column.high[index]!) << 32n) | BigInt(column.low[index]!);
    },
    gauge(name: GaugeName, port = 'Ethernet1', priority = -1) {
      const found = frame();
      return found?.gauges.find((one) => one.gauge === name && one.priority === priority)?.values[
        found.ports.indexOf(port)
      ];
    },
  };
}
