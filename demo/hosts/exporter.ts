import { createServer, type Server } from 'node:http';
import { listenNear } from '../live/listen.ts';
import { type HostNic, NETDEV, RDMA_DEVICE } from './nic.ts';

/** node_exporter's names for files of `class/infiniband`. @source prometheus/node_exporter collector/infiniband_linux.go */
const RDMA_NAMES: Readonly<Record<string, string>> = {
  port_xmit_data: 'port_data_transmitted_bytes_total',
  port_rcv_data: 'port_data_received_bytes_total',
  port_xmit_packets: 'port_packets_transmitted_total',
  port_rcv_packets: 'port_packets_received_total',
  link_downed: 'link_downed_total',
  np_cnp_sent: 'np_cnp_packets_sent_total',
  np_ecn_marked_roce_packets: 'np_ecn_marked_roce_packets_received_total',
  rp_cnp_handled: 'rp_cnp_packets_handled_total',
  out_of_sequence: 'out_of_sequence_packets_received_total',
  local_ack_timeout_err: 'local_ack_timeout_errors_total',
  out_of_buffer: 'out_of_buffer_drops_total',
};

/** Ids of a port that is up and of one that is down. */
const STATE_IDS = { up: { logical: 4n, physical: 5n }, down: { logical: 1n, physical: 3n } };

interface ExporterOptions {
  nic: HostNic;
  /** Seconds since 1970 at which the host started. */
  bootSeconds: number;
  /** 0 or left out: any free port. */
  port?: number;
  /** Called before each page: brings what is shown up to now. */
  refresh: () => void;
}

/** A page as node_exporter's infiniband, netclass, ethtool and stat collectors write it, on loopback. */
export class HostExporter {
  private server: Server | undefined;

  constructor(private readonly options: ExporterOptions) {}

  /** Opens the port; takes a free one if the wanted one is taken. @returns the TCP port. */
  start(): Promise<number> {
    return listenNear(this.options.port ?? 0, (port) => this.listen(port));
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** The page now. */
  page(): string {
    const { nic, bootSeconds } = this.options;
    const { logical, physical } = nic.isUp ? STATE_IDS.up : STATE_IDS.down;
    const rdma = `{device="${RDMA_DEVICE}",port="1"}`;
    const net = `{device="${NETDEV}"}`;
    const lines = [
      ...nic
        .rdmaCounters()
        .flatMap(([name, value]) => series(`node_infiniband_${RDMA_NAMES[name] ?? name}`, 'counter', rdma, value)),
      ...series('node_infiniband_state_id', 'gauge', rdma, logical),
      ...series('node_infiniband_physical_state_id', 'gauge', rdma, physical),
      ...series('node_infiniband_rate_bytes_per_second', 'gauge', rdma, bytesPerSec(nic.bitsPerSec)),
      ...series('node_network_up', 'gauge', net, nic.isUp ? 1n : 0n),
      ...series('node_network_carrier', 'gauge', net, nic.isUp ? 1n : 0n),
      ...series('node_network_carrier_down_changes_total', 'counter', net, nic.linkDowns()),
      ...series('node_network_protocol_type', 'gauge', net, 1n),
      ...(nic.isUp ? series('node_network_speed_bytes', 'gauge', net, bytesPerSec(nic.bitsPerSec)) : []),
      ...nic.driverStatistics().flatMap(([name, value]) => series(ethtoolName(name), 'untyped', net, value)),
      ...series('node_boot_time_seconds', 'gauge', '', BigInt(Math.round(bootSeconds))),
    ];
    return `${lines.join('\n')}\n`;
  }

  private listen(port: number): Promise<number> {
    const server = createServer((request, response) => {
      if (request.url !== '/metrics' || request.method !== 'GET') {
        response.writeHead(404).end('only GET /metrics is here\n');
        return;
      }
      this.options.refresh();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(this.page());
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        this.server = server;
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }
}

function series(name: string, type: 'counter' | 'gauge' | 'untyped', labels: string, value: bigint): string[] {
  return [`# TYPE ${name} ${type}`, `${name}${labels} ${goNumber(value)}`];
}

/** Driver statistics: rx and tx become words. @source prometheus/node_exporter collector/ethtool_linux.go */
function ethtoolName(statistic: string): string {
  const words = { rx: 'received', tx: 'transmitted' } as const;
  return `node_ethtool_${statistic.replace(/(?<=^|_)(rx|tx)(?=_|$)/g, (way) => words[way as 'rx' | 'tx'])}`;
}

function bytesPerSec(bits: number): bigint {
  return BigInt(Math.round(bits / 8));
}

/**
 * A number as exporters written in Go print it: a double, in as few digits as tell it from its neighbours, with an exponent
 * from a million on (two digits at least). So 64-bit counters lose their last bits here as they do in production.
 * @source Go strconv.FormatFloat(x, 'g', -1, 64)
 */
export function goNumber(value: bigint): string {
  const double = Number(value);
  if (double < 1e6) return String(double);
  const [digits, exponent = '0'] = double.toExponential().split('e+');
  return `${digits}e+${exponent.padStart(2, '0')}`;
}
