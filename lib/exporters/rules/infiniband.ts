import type { CounterName } from '../../counters/reading.ts';
import { readGuid, readNodeName } from '../../topology/infiniband-names.ts';
import type { MetricRule, RuleOptions, SeriesPort, Unit } from '../rule.ts';

type Labels = ReadonlyMap<string, string>;

/** A node by its description where the page has one, else by its GUID: what the infiniband collector calls it. */
function portOf(
  description: string | undefined,
  guid: string | undefined,
  number: string | undefined,
): SeriesPort | undefined {
  if (number === undefined) return undefined;
  if (description) {
    const { device, card } = readNodeName(description);
    return { device, port: card === undefined ? number : `${card}/${number}` };
  }
  const device = readGuid(guid ?? '');
  return device === undefined ? undefined : { device, port: number };
}

const ufmPort = (labels: Labels) =>
  portOf(
    labels.get('node_desc') ?? labels.get('node_description') ?? labels.get('node_name') ?? labels.get('device_name'),
    labels.get('node_guid'),
    labels.get('port_num'),
  );
const switchPort = (labels: Labels) => portOf(labels.get('switch'), labels.get('guid'), labels.get('port'));
const hcaPort = (labels: Labels) => portOf(labels.get('hca'), labels.get('guid'), labels.get('port'));
/** Its GUID is a port's, but the exporter does not say which. */
const onlyHcaPort = (labels: Labels) => portOf(labels.get('hca'), labels.get('guid'), labels.get('port') ?? '1');
const localPort = (labels: Labels) =>
  portOf(labels.get('local_name'), labels.get('local_guid'), labels.get('local_port'));

const table = (
  family: string,
  port: MetricRule['port'],
  metrics: Readonly<Record<string, CounterName>>,
  unit: (counter: CounterName) => Unit = () => 'one',
): MetricRule[] =>
  Object.entries(metrics).map(([metric, counter]) => ({
    metric,
    family,
    to: { counter },
    rank: 0,
    unit: unit(counter),
    port,
  }));

/** @source UFM Telemetry documentation, field names of the extended counters */
const UFM: Readonly<Record<string, CounterName>> = {
  PortXmitDataExtended: 'txBytes',
  PortRcvDataExtended: 'rxBytes',
  PortXmitPktsExtended: 'txPackets',
  PortRcvPktsExtended: 'rxPackets',
  PortXmitWaitExtended: 'xmitWaitTicks',
  PortXmitDiscardsExtended: 'drops',
  PortRcvErrorsExtended: 'rxErrors',
  SymbolErrorCounterExtended: 'symbolErrors',
  LinkErrorRecoveryCounterExtended: 'linkRecoveries',
  LinkDownedCounterExtended: 'linkDowns',
  PortFECUncorrectableBlockCounter: 'uncorrectableCodewords',
};

/** @source treydock/infiniband_exporter collectors: bytes, not words */
const TREYDOCK: Readonly<Record<string, CounterName>> = {
  transmit_data_bytes_total: 'txBytes',
  receive_data_bytes_total: 'rxBytes',
  transmit_packets_total: 'txPackets',
  receive_packets_total: 'rxPackets',
  transmit_wait_total: 'xmitWaitTicks',
  transmit_discards_total: 'drops',
  receive_errors_total: 'rxErrors',
  symbol_error_total: 'symbolErrors',
  link_error_recovery_total: 'linkRecoveries',
  link_downed_total: 'linkDowns',
};

/** @source guilbaults/infiniband-exporter: PerfMgt names in lower case, data in words */
const GUILBAULTS: Readonly<Record<string, CounterName>> = {
  infiniband_portxmitdata: 'txBytes',
  infiniband_portrcvdata: 'rxBytes',
  infiniband_portxmitpkts: 'txPackets',
  infiniband_portrcvpkts: 'rxPackets',
  infiniband_portxmitwait: 'xmitWaitTicks',
  infiniband_portxmitdiscards: 'drops',
  infiniband_portrcverrors: 'rxErrors',
  infiniband_symbolerrorcounter: 'symbolErrors',
  infiniband_linkerrorrecoverycounter: 'linkRecoveries',
  infiniband_linkdownedcounter: 'linkDowns',
};

/** ibqueryerrors prints old nodes' counters of classic width, which stop at their ends. @source its ibqueryerrors.c */
const CLASSIC_ENDS: Partial<Record<CounterName, number>> = {
  drops: 65_535,
  rxErrors: 65_535,
  symbolErrors: 65_535,
  linkRecoveries: 255,
  linkDowns: 255,
};

function classic(rule: MetricRule): MetricRule {
  const counter = 'counter' in rule.to ? rule.to.counter : undefined;
  if (counter === 'xmitWaitTicks') return { ...rule, to: { counter, widthBits: 32, saturates: true } };
  const stopsAt = counter === undefined ? undefined : CLASSIC_ENDS[counter];
  return stopsAt === undefined ? rule : { ...rule, stopsAt };
}

const isData = (counter: CounterName): boolean => counter === 'rxBytes' || counter === 'txBytes';

function prefixed(prefix: string, names: Readonly<Record<string, CounterName>>): Record<string, CounterName> {
  return Object.fromEntries(Object.entries(names).map(([name, counter]) => [prefix + name, counter]));
}

/** Exporters that show a whole InfiniBand fabric: UFM telemetry, treydock's and guilbaults' exporters. */
export function infinibandRules({ ufmDataUnit }: RuleOptions): MetricRule[] {
  const states = (metric: string, family: string, port: MetricRule['port']): MetricRule => ({
    metric,
    family,
    to: { state: 'bytesPerSec' },
    rank: 0,
    port,
  });
  return [
    ...table('ufm', ufmPort, UFM, (counter) => (isData(counter) && ufmDataUnit === 'words' ? 'words' : 'one')),
    ...['Raw_BER', 'raw_ber'].map(
      (metric): MetricRule => ({
        metric,
        family: 'ufm',
        to: { gauge: 'preFecBer', fold: 'max' },
        rank: 1,
        port: ufmPort,
      }),
    ),
    { metric: 'Total_Raw_BER', family: 'ufm', to: { gauge: 'preFecBer', fold: 'max' }, rank: 0, port: ufmPort },
    ...table('infiniband_exporter', switchPort, prefixed('infiniband_switch_port_', TREYDOCK)),
    ...table('infiniband_exporter', hcaPort, prefixed('infiniband_hca_port_', TREYDOCK)),
    states('infiniband_switch_port_rate_bytes_per_second', 'infiniband_exporter', switchPort),
    {
      metric: 'infiniband_switch_port_state',
      family: 'infiniband_exporter',
      to: { state: 'up' },
      rank: 0,
      port: switchPort,
    },
    states('infiniband_hca_rate_bytes_per_second', 'infiniband_exporter', onlyHcaPort),
    states('infiniband_hca_port_rate_bytes_per_second', 'infiniband_exporter', onlyHcaPort),
    ...table('infiniband-exporter', localPort, GUILBAULTS, (counter) => (isData(counter) ? 'words' : 'one')).map(
      classic,
    ),
  ];
}

/** Series whose labels name the node that others only give the GUID of. @source treydock/infiniband_exporter collectors */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['infiniband_switch_info', 'switch'],
  ['infiniband_hca_info', 'hca'],
]);

/** True for series whose labels name devices. */
export function namesDevices(name: string): boolean {
  return NAMES.has(name);
}

/** The device that a GUID stands for. */
export interface DeviceName {
  guid: string;
  device: string;
  /** Where it is one adapter of the device: put before the names of its ports. */
  card?: string;
}

/** @returns undefined where the series names no device */
export function readDeviceName(name: string, labels: Labels): DeviceName | undefined {
  const label = NAMES.get(name);
  const description = label === undefined ? undefined : labels.get(label);
  const guid = readGuid(labels.get('guid') ?? '');
  return description === undefined || description === '' || guid === undefined
    ? undefined
    : { guid, ...readNodeName(description) };
}
