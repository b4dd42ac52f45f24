import { QUALITIES, type Quality, type SampleField } from '../../../lib/samples/fields.ts';
import type { SampleFrame } from '../../../lib/samples/frame.ts';
import { type DeviceNeighbours, FabricMap } from '../../../lib/topology/index.ts';
import type { DeviceInfo, Link } from '../../../lib/topology/types.ts';

export type Values = Partial<Record<SampleField, number[]>>;

/** One frame of one device; a missing value is NaN. */
export function frame(
  device: string,
  ports: readonly string[],
  startMs: number,
  endMs: number,
  values: Values,
  quality: Quality = 'exact',
): SampleFrame {
  return {
    device,
    ports,
    startMs: new Float64Array(ports.length).fill(startMs),
    endMs: new Float64Array(ports.length).fill(endMs),
    quality: new Uint8Array(ports.length).fill(QUALITIES.indexOf(quality)),
    columns: Object.entries(values).map(([field, numbers]) => ({
      field: field as SampleField,
      priority: -1,
      values: Float64Array.from(ports, (_, port) => numbers[port] ?? Number.NaN),
    })),
  };
}

/** A leaf with hosts on ports 1..hosts and spines on the ports after them; every cable 100G. */
export function leafSpine(leaves: number, spines: number, hosts: number): { devices: DeviceInfo[]; links: Link[] } {
  const devices: DeviceInfo[] = [];
  const links: Link[] = [];
  for (let spine = 0; spine < spines; spine++) devices.push({ device: `spine${spine}`, role: 'spine', polled: true });
  for (let leaf = 0; leaf < leaves; leaf++) {
    devices.push({ device: `leaf${leaf}`, role: 'leaf', polled: true });
    for (let host = 0; host < hosts; host++) {
      const name = `host${leaf}${host}`;
      devices.push({ device: name, role: 'host', polled: true });
      links.push({
        a: { device: `leaf${leaf}`, port: String(host + 1) },
        b: { device: name, port: '1' },
        linkRateBitsPerSec: 100e9,
        source: 'config',
        bothEnds: true,
      });
    }
    for (let spine = 0; spine < spines; spine++) {
      links.push({
        a: { device: `leaf${leaf}`, port: String(hosts + spine + 1) },
        b: { device: `spine${spine}`, port: String(leaf + 1) },
        linkRateBitsPerSec: 100e9,
        source: 'config',
        bothEnds: true,
      });
    }
  }
  return { devices, links };
}

/** What one device knows of its cables. */
export function neighboursOf(fabric: { devices: DeviceInfo[]; links: Link[] }, device: string): DeviceNeighbours {
  return new FabricMap(fabric.devices, fabric.links).neighboursOf(device);
}
