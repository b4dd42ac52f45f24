import { describe, expect, it } from 'vitest';
import { hostPaths } from '../../../collectors/host/paths.ts';
import { planPort } from '../../../collectors/host/plan.ts';

const port = { name: 'mlx5_0', netdev: 'eth0', linkLayer: 'ethernet' } as unknown as Parameters<typeof planPort>[1];
const progress = { requestedIntervalMs: 1000, achievedIntervalMs: 1001, lastError: null };

describe('the places that a host is read from', () => {
  it('are told one by one, each with what could not be read of it', () => {
    const plan = planPort('/nowhere', port, ['rx_bytes_phy', 'rx_prio3_pause_duration']);
    plan.terms.push({ file: '/nowhere/out_of_buffer', name: 'out_of_buffer' });
    const source = { from: 'hw', names: ['out_of_buffer'] } as const;
    const terms = [plan.terms.length - 1];
    plan.counters.push({ counter: 'outOfBuffer', priority: -1, widthBits: 64, saturates: false, source, terms });
    const problems = [
      'mlx5_0: driver statistics of eth0 did not answer',
      'mlx5_0: out_of_buffer: EINVAL',
      'mlx5_0: out_of_buffer is no number',
    ];
    const [driver, rdma, ...others] = hostPaths([plan], { ...progress, problems });
    expect(driver).toMatchObject({ path: 'driver statistics (ethtool)', refused: problems.slice(0, 1), ...progress });
    expect(driver!.counters).toEqual(['rxBytes', 'rxPauseUs']);
    expect(rdma).toMatchObject({ path: 'RDMA port counters (hw_counters)', refused: problems.slice(1) });
    expect(others).toEqual([]);
  });

  it('are not known before a port is', () => {
    expect(hostPaths([], { ...progress, problems: [] })).toMatchObject([{ path: 'counters' }]);
  });
});
