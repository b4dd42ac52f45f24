import { Counter64, parseCounter64 } from '../../lib/counters/counter64.ts';
import type { CounterName } from '../../lib/counters/reading.ts';
import { readGuid } from '../../lib/topology/infiniband-names.ts';

/** One end of a link as `ibnetdiscover -p` prints it. */
export interface FoundPort {
  kind: 'CA' | 'SW' | 'RT';
  lid: number;
  port: number;
  guid: string;
  description: string;
  /** Lanes; 0 where it is not told. */
  width: number;
  speed: string;
  /** Undefined where nothing is plugged in. */
  peer?: { kind: 'CA' | 'SW' | 'RT'; lid: number; port: number; guid: string; description: string };
}

/** Longest line of these tools: two node descriptions of 64 bytes each and some numbers. */
const LONGEST_LINE = 400;

const PORT_LINE =
  /^(CA|SW|RT)\s+(\d+)\s+(\d+)\s+0x([0-9a-fA-F]{1,16})\s+(\d+|\?+)x?\s+(\S+)(?:\s+-\s+(CA|SW|RT)\s+(\d+)\s+(\d+)\s+0x([0-9a-fA-F]{1,16})\s+\(\s*'(.*)'\s+-\s+'(.*)'\s*\)|\s+'(.*)')\s*$/;

/** Ports of a fabric of 10 000 nodes; more is not a fabric but a broken tool. */
const MOST_PORTS = 500_000;

const kindOf = (text: string | undefined): FoundPort['kind'] => (text === 'SW' || text === 'RT' ? text : 'CA');
const guidOf = (hex: string | undefined): string => readGuid(hex ?? '') ?? '';

/**
 * Reads what `ibnetdiscover -p` prints: a line a port.
 * @returns the ports, and how many lines were something else
 * @source linux-rdma/rdma-core infiniband-diags/ibnetdiscover.c (dump_ports_report)
 */
export function parseTopology(text: string): { ports: FoundPort[]; otherLines: number } {
  const ports: FoundPort[] = [];
  let otherLines = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const found = line.length > LONGEST_LINE ? null : PORT_LINE.exec(line);
    if (found === null || ports.length >= MOST_PORTS) {
      otherLines++;
      continue;
    }
    const [, kind, lid, port, guid, width, speed, peerKind, peerLid, peerPort, peerGuid, own, peer, alone] = found;
    ports.push({
      kind: kindOf(kind),
      lid: Number(lid),
      port: Number(port),
      guid: guidOf(guid),
      description: own ?? alone ?? '',
      width: Number(width) || 0,
      speed: speed ?? '',
      ...(peerKind === undefined
        ? {}
        : {
            peer: {
              kind: kindOf(peerKind),
              lid: Number(peerLid),
              port: Number(peerPort),
              guid: guidOf(peerGuid),
              description: peer ?? '',
            },
          }),
    });
  }
  return { ports, otherLines };
}

/** Data rate of one lane, Gb/s. @source InfiniBand Architecture, link speeds less encoding */
const LANE_GBITS: Readonly<Record<string, number>> = {
  SDR: 2,
  DDR: 4,
  QDR: 8,
  FDR10: 10,
  FDR: 13.64,
  EDR: 25,
  HDR: 50,
  NDR: 100,
  XDR: 200,
};

/** Data rate of a link, bits per second; NaN where width or speed is not known. */
export function linkRate(width: number, speed: string): number {
  const lane = Object.hasOwn(LANE_GBITS, speed) ? LANE_GBITS[speed] : undefined;
  return lane === undefined || width <= 0 ? Number.NaN : width * lane * 1e9;
}

/** How a PerfMgt counter becomes one of ours. */
interface CounterRule {
  counter: CounterName;
  /** 32-bit words, four bytes each. */
  words?: true;
  /** Bits of the classic counter, which stops at its end. */
  classicBits: 8 | 16 | 32;
}

/** @source linux-rdma/rdma-core libibmad (PortCounters and PortCountersExtended) */
export const PERF_COUNTERS: Readonly<Record<string, CounterRule>> = {
  PortXmitData: { counter: 'txBytes', words: true, classicBits: 32 },
  PortRcvData: { counter: 'rxBytes', words: true, classicBits: 32 },
  PortXmitPkts: { counter: 'txPackets', classicBits: 32 },
  PortRcvPkts: { counter: 'rxPackets', classicBits: 32 },
  PortXmitWait: { counter: 'xmitWaitTicks', classicBits: 32 },
  PortXmitDiscards: { counter: 'drops', classicBits: 16 },
  SymbolErrorCounter: { counter: 'symbolErrors', classicBits: 16 },
  LinkErrorRecoveryCounter: { counter: 'linkRecoveries', classicBits: 8 },
  LinkDownedCounter: { counter: 'linkDowns', classicBits: 8 },
  PortRcvErrors: { counter: 'rxErrors', classicBits: 16 },
};

/** Counters of one port from one answer. */
export interface PortCounters {
  lid: number;
  port: number;
  extended: boolean;
  values: Map<CounterName, { high: number; low: number; widthBits: 32 | 64 }>;
  /** Counters that stand at their end: what they really are is not known. */
  saturated: string[];
}

const HEADER = /^# Port (extended )?counters: Lid (\d+) port (\d+)/;
const VALUE = /^([A-Za-z0-9]+):\.*([^.\s].*)$/;

/**
 * Reads what `perfquery` and `perfquery -x` print for one or several ports. Values that are no number (`N/A`) are
 * absent; so are classic counters at their end, which have stopped there.
 * @source linux-rdma/rdma-core infiniband-diags/perfquery.c
 */
export function parsePerfquery(text: string): PortCounters[] {
  const found: PortCounters[] = [];
  let current: PortCounters | undefined;
  const value = new Counter64();
  for (const line of text.split('\n')) {
    const header = HEADER.exec(line);
    if (header !== null) {
      current = {
        extended: header[1] !== undefined,
        lid: Number(header[2]),
        port: Number(header[3]),
        values: new Map(),
        saturated: [],
      };
      found.push(current);
      continue;
    }
    const [, name = '', digits = ''] = VALUE.exec(line) ?? [];
    const rule = Object.hasOwn(PERF_COUNTERS, name) ? PERF_COUNTERS[name] : undefined;
    if (current === undefined || rule === undefined) continue;
    const bytes = Buffer.from(digits.trim(), 'latin1');
    if (!parseCounter64(bytes, 0, bytes.length, value)) continue;
    take(current, name, rule, value);
  }
  return found;
}

function take(into: PortCounters, name: string, rule: CounterRule, value: Counter64): void {
  const { extended } = into;
  const end = 2 ** rule.classicBits - 1;
  if (!extended && (value.high > 0 || value.low >= end)) {
    into.saturated.push(`${name} stands at its end (${end})`);
    return;
  }
  if (extended && value.high === 0xffff_ffff && value.low === 0xffff_ffff) {
    into.saturated.push(`${name} stands at its end`);
    return;
  }
  if (rule.words === true) value.timesFour();
  into.values.set(rule.counter, { high: value.high, low: value.low, widthBits: extended ? 64 : 32 });
}

/** A link that could be wider or faster, by what `iblinkinfo --line` prints beside it. */
export interface LinkHint {
  guid: string;
  port: number;
  /** Bits per second of data at the best both ends can do; NaN where only the reason is known. */
  possibleBitsPerSec: number;
  text: string;
}

const LINK_LINE =
  /^0x([0-9a-fA-F]{1,16})\s+".*"\s+\d+\s+(\d+)\[.*?\]\s+==\(\s*(\d+)X\s+([\d.]+) Gbps\s+Active.*\(([^()]*Could be[^()]*)\)\s*$/;

/** Lane signalling as printed, Gb/s -> speed. @source linux-rdma/rdma-core libibmad dump.c */
const SIGNALLING: Readonly<Record<string, string>> = {
  '2.5': 'SDR',
  '5.0': 'DDR',
  '10.0': 'QDR',
  '14.0625': 'FDR',
  '25.78125': 'EDR',
  '53.125': 'HDR',
  '106.25': 'NDR',
  '212.5': 'XDR',
};

/** Links that run below what they could, from `iblinkinfo --line`. @source rdma-core infiniband-diags/iblinkinfo.c */
export function parseLinkHints(text: string): LinkHint[] {
  const hints: LinkHint[] = [];
  for (const line of text.split('\n')) {
    const found = line.length > LONGEST_LINE ? null : LINK_LINE.exec(line);
    if (found === null) continue;
    const [, guid, port, width, gbits = '', hint = ''] = found;
    const couldWidth = Number(/Could be (\d+)X/.exec(hint)?.[1] ?? width);
    const couldSpeed = /Could be ([\d.]+) Gbps/.exec(hint)?.[1] ?? gbits;
    hints.push({
      guid: guidOf(guid),
      port: Number(port),
      possibleBitsPerSec: linkRate(couldWidth, SIGNALLING[couldSpeed] ?? ''),
      text: hint.trim(),
    });
  }
  return hints;
}
