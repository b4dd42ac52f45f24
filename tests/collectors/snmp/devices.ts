import { type FakeObject, object } from './fake-agent.ts';

/** One interface of a made-up device. */
export interface FakeInterface {
  ifIndex: number;
  name: string;
  descr?: string;
  type?: number;
  speedMbps?: number;
  /** 64-bit octets; null = the device has only ifTable. */
  rxBytes?: bigint | null;
  txBytes?: bigint;
  up?: boolean;
}

const IF = '1.3.6.1.2.1.2.2.1';
const IF_X = '1.3.6.1.2.1.31.1.1.1';

/** The system group. */
export function system(name: string, sysObjectId: string, sysDescr: string, upTicks = 100_000): FakeObject[] {
  return [
    object('1.3.6.1.2.1.1.1.0', '4', sysDescr),
    object('1.3.6.1.2.1.1.2.0', '6', sysObjectId),
    object('1.3.6.1.2.1.1.3.0', '67', String(upTicks)),
    object('1.3.6.1.2.1.1.5.0', '4', name),
    object('1.3.6.1.6.3.10.2.1.2.0', '2', '7'),
  ];
}

/** ifTable and ifXTable rows. */
export function interfaces(list: readonly FakeInterface[]): FakeObject[] {
  return list.flatMap((entry) => {
    const { ifIndex: i, name, descr = name, type = 6, speedMbps = 400_000, rxBytes = 1000n, txBytes = 2000n } = entry;
    const objects = [
      object(`${IF}.2.${i}`, '4', descr),
      object(`${IF}.3.${i}`, '2', String(type)),
      object(`${IF}.5.${i}`, '66', String(Math.min(speedMbps * 1_000_000, 4_294_967_295))),
      object(`${IF}.6.${i}`, '4x', `0242ac1100${i.toString(16).padStart(2, '0').slice(-2)}`),
      object(`${IF}.8.${i}`, '2', entry.up === false ? '2' : '1'),
      object(`${IF}.10.${i}`, '65', String((rxBytes ?? 1000n) & 0xffff_ffffn)),
      object(`${IF}.16.${i}`, '65', String(txBytes & 0xffff_ffffn)),
      object(`${IF}.19.${i}`, '65', String(i)),
    ];
    if (rxBytes === null) return objects;
    objects.push(
      object(`${IF_X}.1.${i}`, '4', name),
      object(`${IF_X}.6.${i}`, '70', String(rxBytes)),
      object(`${IF_X}.7.${i}`, '70', '10'),
      object(`${IF_X}.8.${i}`, '70', '20'),
      object(`${IF_X}.9.${i}`, '70', '30'),
      object(`${IF_X}.10.${i}`, '70', String(txBytes)),
      object(`${IF_X}.11.${i}`, '70', '1'),
      object(`${IF_X}.12.${i}`, '70', '2'),
      object(`${IF_X}.13.${i}`, '70', '3'),
      object(`${IF_X}.15.${i}`, '66', String(speedMbps)),
      object(`${IF_X}.18.${i}`, '4', `cable ${i}`),
      object(`${IF_X}.19.${i}`, '67', '500'),
    );
    return objects;
  });
}

/** A table of Counter64 (or another type) with index ifIndex.sub, value by function. */
export function table(
  entry: string,
  columns: readonly number[],
  indexes: readonly string[],
  value: (column: number, index: string) => bigint | number,
  type = '70',
): FakeObject[] {
  return columns.flatMap((column) =>
    indexes.map((index) => object(`${entry}.${column}.${index}`, type, String(value(column, index)))),
  );
}

/** "1.0" … "2.7": every priority of every interface. */
export function priorityIndexes(ifIndexes: readonly number[]): string[] {
  return ifIndexes.flatMap((ifIndex) => Array.from({ length: 8 }, (_, priority) => `${ifIndex}.${priority}`));
}
