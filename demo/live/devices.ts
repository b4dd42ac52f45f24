import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TotalCounters } from '../fabric/totals.ts';
import { EOS_MODELS, eosLeaves } from '../gnmi/eos.ts';
import { GnmiTarget } from '../gnmi/target.ts';
import { HostExporter } from '../hosts/exporter.ts';
import { HostNic, NETDEV, RDMA_DEVICE } from '../hosts/nic.ts';
import { HostTree } from '../hosts/tree.ts';
import { CommunityAccess } from '../snmp/access.ts';
import { SnmpAgent } from '../snmp/agent.ts';
import { engineOf, nexusView } from '../snmp/nexus.ts';
import { UsmAccess, type UsmUser } from '../snmp/usm.ts';
import type { LiveFabric } from './live-fabric.ts';
import { platformOf } from './platforms.ts';

const POLL_INTERVAL = '1s';
/** SNMP community of the demo's switches. */
const COMMUNITY = 'public';
/** The user that its SNMPv3 agents and gNMI targets know; loopback only, so no secret. */
const USER = 'stallscope';
const PASSWORD = 'demo-password';
const PRIV_PASSWORD = 'demo-privacy';

const USM_USER: UsmUser = {
  name: USER,
  authProtocol: 'sha256',
  password: PASSWORD,
  privProtocol: 'aes-128-cfb',
  privPassword: PRIV_PASSWORD,
};

/** Profiles of stallscope.yaml that the targets name. */
export const DEMO_AUTHS = {
  demo: { version: '2c', community: COMMUNITY },
  demo3: {
    version: 3,
    username: USER,
    securityLevel: 'authPriv',
    authProtocol: 'SHA256',
    password: PASSWORD,
    privProtocol: 'AES',
    privPassword: PRIV_PASSWORD,
  },
} as const;

interface DeviceOptions {
  live: LiveFabric;
  totals: TotalCounters;
  dataDir: string;
  /** How often the fabric was started in this data directory. */
  boots: number;
  /** Port each device had last; filled with those it has. */
  ports: Record<string, number>;
}

/** A device of the fabric as something that can be read. */
interface ServedDevice {
  /** Its entry in stallscope.yaml. */
  target: Record<string, unknown>;
  /** Brings files up to now; what is asked over a socket does that itself. */
  update(): void;
  stop(): Promise<void> | void;
}

/** Serves every switch and host over the protocol of its platform, on loopback. */
export async function serveDevices(options: DeviceOptions): Promise<ServedDevice[]> {
  const { topology } = options.live.cluster;
  // A host that had a tree once may be served in another way now.
  rmSync(join(options.dataDir, 'hosts'), { recursive: true, force: true });
  const served: ServedDevice[] = [];
  for (const device of [...topology.leaves, ...topology.spines, ...topology.hosts]) {
    served.push(await serveDevice(options, device));
  }
  return served;
}

async function serveDevice(options: DeviceOptions, device: number): Promise<ServedDevice> {
  const { topology } = options.live.cluster;
  const { name = '', ports = [] } = topology.devices[device] ?? {};
  const platform = platformOf(name);
  if (platform === 'eos') return serveEos(options, name, device);
  if (platform === 'nxos' || platform === 'nxos-v3') return serveNexus(options, name, device, platform === 'nxos-v3');
  const nic = new HostNic(options.live.fabric.network, options.totals, ports[0] ?? -1);
  return platform === 'exporter' ? serveExporter(options, name, nic) : serveTree(options, name, nic);
}

async function serveNexus(options: DeviceOptions, name: string, device: number, v3: boolean): Promise<ServedDevice> {
  const { live, totals, boots, ports } = options;
  const { fabric } = live;
  const uptimeMs = (): number => fabric.nowMs;
  const engine = engineOf(name, boots, uptimeMs);
  const agent = new SnmpAgent({
    access: v3 ? new UsmAccess(engine, USM_USER) : new CommunityAccess(COMMUNITY),
    view: nexusView({ network: fabric.network, totals, device, uptimeMs, engine }),
    port: ports[name] ?? 0,
    refresh: () => live.refresh(),
  });
  const port = await agent.start();
  ports[name] = port;
  return {
    target: { ...common(name, 'snmp'), address: `127.0.0.1:${port}`, auth: v3 ? 'demo3' : 'demo' },
    update: () => {},
    stop: () => agent.stop(),
  };
}

async function serveEos(options: DeviceOptions, name: string, device: number): Promise<ServedDevice> {
  const { live, totals, ports } = options;
  const target = new GnmiTarget({
    leaves: eosLeaves({ network: live.fabric.network, totals, device, bootMs: live.epochMs }),
    models: EOS_MODELS,
    username: USER,
    password: PASSWORD,
    port: ports[name] ?? 0,
    refresh: () => {
      live.refresh();
      return live.modelNowMs;
    },
  });
  const port = await target.start();
  ports[name] = port;
  return {
    target: { ...common(name, 'gnmi'), address: `127.0.0.1:${port}`, username: USER, password: PASSWORD, tls: false },
    update: () => {},
    stop: () => target.stop(),
  };
}

async function serveExporter(options: DeviceOptions, name: string, nic: HostNic): Promise<ServedDevice> {
  const { live, ports } = options;
  const bootSeconds = live.epochMs / 1000;
  const exporter = new HostExporter({ nic, bootSeconds, port: ports[name] ?? 0, refresh: () => live.refresh() });
  const port = await exporter.start();
  ports[name] = port;
  return {
    target: {
      ...common(name, 'prometheus'),
      address: `127.0.0.1:${port}`,
      ports: { alias: { [NETDEV]: RDMA_DEVICE } },
    },
    update: () => {},
    stop: () => exporter.stop(),
  };
}

function serveTree({ live, boots, dataDir }: DeviceOptions, name: string, nic: HostNic): ServedDevice {
  const root = join(dataDir, 'hosts', name, 'sys');
  const tree = new HostTree(root, nic, `demo-${live.epochMs.toString(16)}-${boots}`);
  tree.create();
  return { target: { ...common(name, 'host'), root }, update: () => tree.update(), stop: () => {} };
}

function common(name: string, collector: string): Record<string, unknown> {
  return { name, collector, interval: POLL_INTERVAL };
}
