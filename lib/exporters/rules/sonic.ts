import type { CounterName, GaugeName } from '../../counters/reading.ts';
import type { MetricRule, SeriesPort } from '../rule.ts';

type Labels = ReadonlyMap<string, string>;

/** Member ports only: the sum of a LAG is not a place where a pause can be. */
const isMember = (name: string): boolean => /^(Ethernet|Eth\d)/.test(name);

const interfacePort = (labels: Labels): SeriesPort | undefined => {
  const port = labels.get('interface') ?? labels.get('device') ?? labels.get('port') ?? labels.get('ifname');
  return port === undefined || !isMember(port) ? undefined : { port };
};
/** Only where a label has a value. */
const where =
  (label: string, value: string, port: MetricRule['port'] = interfacePort): MetricRule['port'] =>
  (labels) =>
    labels.get(label) === value ? port(labels) : undefined;
/** Queue 0 to 7 as the priority it serves. */
const queuePort: MetricRule['port'] = (labels) => {
  const found = interfacePort(labels);
  const queue = /^(?:UC|Q|queue)?(\d)$/i.exec(labels.get('queue') ?? '')?.[1];
  return found === undefined || queue === undefined || Number(queue) > 7
    ? undefined
    : { ...found, priority: Number(queue) };
};

const counter = (
  metric: string,
  name: CounterName,
  port: MetricRule['port'] = interfacePort,
  more: Partial<MetricRule> = {},
): MetricRule => ({ metric, family: 'sonic', to: { counter: name }, rank: 0, port, ...more });
const gauge = (metric: string, name: GaugeName, fold: 'max' | 'min', port: MetricRule['port']): MetricRule => ({
  metric,
  family: 'sonic',
  to: { gauge: name, fold },
  rank: 0,
  port,
});

const DIRECTIONS = [
  { way: 'rx', sai: 'IN', go: 'receive', python: 'received', label: 'in' },
  { way: 'tx', sai: 'OUT', go: 'transmit', python: 'transmitted', label: 'out' },
] as const;

/**
 * Names of SONiC's own counters as gNMI and Redis exporters write them, with or without a prefix in lower case.
 * @source sonic-swss portsorch and flexcounterorch (SAI counter names)
 */
function saiRules(): MetricRule[] {
  const rules: MetricRule[] = [];
  const add = (sai: string, name: CounterName, more: Partial<MetricRule> = {}): void => {
    for (const metric of [sai, sai.toLowerCase(), `sonic_${sai.toLowerCase()}`]) {
      rules.push(counter(metric, name, interfacePort, more));
    }
  };
  for (const { way, sai } of DIRECTIONS) {
    const pause = way.toUpperCase();
    add(`SAI_PORT_STAT_IF_${sai}_OCTETS`, `${way}Bytes`);
    for (const cast of ['UCAST', 'NON_UCAST']) add(`SAI_PORT_STAT_IF_${sai}_${cast}_PKTS`, `${way}Packets`);
    add(`SAI_PORT_STAT_PAUSE_${pause}_PKTS`, `${way}PauseFrames`);
    for (let priority = 0; priority < 8; priority++) {
      const pfc = `SAI_PORT_STAT_PFC_${priority}`;
      add(`${pfc}_${pause}_PKTS`, `${way}PauseFrames`, { priority });
      add(`${pfc}_${pause}_PAUSE_DURATION_US`, `${way}PauseUs`, { priority });
      if (way === 'rx') add(`${pfc}_ON2OFF_RX_PKTS`, 'rxPauseTransitions', { priority });
    }
    add(`SAI_PORT_STAT_IF_${sai}_DISCARDS`, 'drops');
  }
  add('SAI_PORT_STAT_IF_IN_ERRORS', 'rxErrors');
  add('SAI_PORT_STAT_ECN_MARKED_PACKETS', 'ecnMarkedPackets');
  add('SAI_PORT_STAT_IF_IN_FEC_CORRECTED_BITS', 'correctedBits');
  add('SAI_PORT_STAT_IF_IN_FEC_NOT_CORRECTABLE_FRAMES', 'uncorrectableCodewords');
  add('SAI_PORT_STAT_IF_IN_FEC_SYMBOL_ERRORS', 'symbolErrors');
  return rules;
}

/**
 * SONiC: sonic-exporter (Go; labels device, method, type), STORDIS monsoon (Python; label interface) and exporters that
 * keep SONiC's own counter names.
 * @source vinted/sonic-exporter internal/collector, STORDIS/monsoon src/sonic_exporter
 */
export function sonicRules(): MetricRule[] {
  const rules: MetricRule[] = saiRules();
  for (const { way, go, python } of DIRECTIONS) {
    for (const word of [go, python]) rules.push(counter(`sonic_interface_${word}_bytes_total`, `${way}Bytes`));
    for (const method of ['ucast', 'broadcast', 'multicast']) {
      rules.push(counter(`sonic_interface_${go}_packets_total`, `${way}Packets`, where('method', method)));
    }
    for (const mode of ['unicast', 'broadcast', 'multicast']) {
      rules.push(counter(`sonic_interface_${python}_packets_total`, `${way}Packets`, where('delivery_mode', mode)));
    }
    const errors = `sonic_interface_${go}_errs_total`;
    rules.push(
      counter(errors, `${way}PauseFrames`, where('type', 'pause')),
      counter(errors, 'drops', where('type', 'discard')),
    );
  }
  rules.push(
    counter('sonic_interface_receive_errs_total', 'rxErrors', where('type', 'error')),
    counter('sonic_queue_packets_total', 'txPackets', queuePort),
    counter('sonic_queue_bytes_total', 'txBytes', queuePort),
    counter('sonic_queue_dropped_packets_total', 'drops', queuePort),
    counter('sonic_interface_queue_processed_packets_total', 'txPackets', queuePort),
    counter('sonic_interface_queue_processed_bytes_total', 'txBytes', queuePort),
    gauge('sonic_queue_shared_watermark_bytes_total', 'queueWatermarkBytes', 'max', queuePort),
    gauge('sonic_interface_receive_optic_power_dbm', 'rxPowerDbm', 'min', interfacePort),
    gauge('sonic_interface_optic_celsius', 'temperatureC', 'max', interfacePort),
    {
      metric: 'sonic_interface_speed_bytes',
      family: 'sonic',
      to: { state: 'bytesPerSec' },
      rank: 0,
      port: interfacePort,
    },
    {
      metric: 'sonic_interface_operational_status',
      family: 'sonic',
      to: { state: 'up' },
      rank: 0,
      port: interfacePort,
    },
  );
  return rules;
}
