import { describe, expect, it } from 'vitest';
import { type PortPlan, planPort } from '../../../collectors/host/plan.ts';
import { fieldsMissing, fieldsShown } from '../../../collectors/host/shows.ts';

/** A port of which the driver's statistics are all there is. */
const port = (linkLayer: 'infiniband' | 'ethernet', ...statistics: string[]): PortPlan =>
  planPort('/nowhere', { name: 'p', netdev: 'p', linkLayer }, statistics);

describe('what a host shows and misses', () => {
  it('nobody misses PFC, ECN and CNP on InfiniBand, or credit waits on Ethernet', () => {
    const infiniband = fieldsMissing([port('infiniband')]);
    const ethernet = fieldsMissing([port('ethernet')]);
    const onlyEthernet = [
      'rxPauseFraction',
      'pauseStormsPerSec',
      'ecnMarkedPerSec',
      'cnpSentPerSec',
      'cnpHandledPerSec',
    ];
    const onlyInfiniband = ['xmitWaitFraction', 'linkRecoveriesPerSec'];
    expect(ethernet).toEqual(expect.arrayContaining(onlyEthernet));
    expect(infiniband).toEqual(expect.arrayContaining(onlyInfiniband));
    expect(infiniband.filter((field) => onlyEthernet.includes(field))).toEqual([]);
    expect(ethernet.filter((field) => onlyInfiniband.includes(field))).toEqual([]);
    expect(fieldsMissing([port('infiniband'), port('ethernet')])).toEqual(
      expect.arrayContaining([...onlyEthernet, ...onlyInfiniband]),
    );
  });

  it('a field that one port gives is shown, not missing', () => {
    const plans = [port('ethernet'), port('ethernet', 'rx_prio3_pause_duration')];
    expect(fieldsShown(plans)).toEqual(['rxPauseFraction']);
    expect(fieldsMissing(plans)).not.toContain('rxPauseFraction');
  });
});
