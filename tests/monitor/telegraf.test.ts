import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { SeriesDictionary } from '../../lib/store/series.ts';
import { LineIngest } from '../../monitor/ingest/line-ingest.ts';
import { type TestMonitor, testMonitor } from './helpers.ts';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0);

describe("Telegraf's counters", () => {
  const clock = new ManualClock(T0);
  let monitor: TestMonitor;
  beforeAll(async () => {
    monitor = await testMonitor({ clock });
  });
  afterAll(() => monitor.close());

  const push = (...lines: string[]) => monitor.post('/write?db=telegraf&precision=ms', lines.join('\n'));
  const series = async (port: string, field: string, priority = 'none') => {
    const { json } = await monitor.get(
      `/api/v1/series?device=gpu01&port=${port}&field=${field}&priority=${priority}&from=${T0}&to=${T0 + 600_000}`,
    );
    return json.series[0]?.values ?? [];
  };

  it('become samples of the ports they are of', async () => {
    const start = 2n ** 53n + 1n;
    for (let poll = 0n; poll < 4n; poll++) {
      const words = start + poll * 25_000_000n;
      const pause = Number(poll) * 5_000_000;
      expect(
        await push(
          `infiniband,host=gpu01,device=mlx5_0,port=1 port_rcv_data=${words}i,np_cnp_sent=${poll * 1000n}i,state="ACTIVE" ${clock.now()}`,
          `infiniband,host=gpu01,device=mlx5_1,port=2 port_rcv_data=${poll}i ${clock.now()}`,
          `ethtool,host=gpu01,interface=ens1,driver=mlx5_core rx_prio3_pause_duration=${pause}i,rx_discards_phy=${poll * 7n}i,tx_discards_phy=${poll * 3n}i,link=1i ${clock.now()}`,
        ),
      ).toMatchObject({ status: 204 });
      clock.advance(10_000);
    }
    expect(await series('mlx5_0', 'rxBytesPerSec')).toEqual([1e7, 1e7, 1e7]);
    expect(await series('mlx5_0', 'cnpSentPerSec')).toEqual([100, 100, 100]);
    expect(await series('mlx5_1%2F2', 'rxBytesPerSec')).toEqual([0.4, 0.4, 0.4]);
    expect(await series('ens1', 'rxPauseFraction', '3')).toEqual([0.5, 0.5, 0.5]);
    expect(await series('ens1', 'dropsPerSec')).toEqual([1, 1, 1]);
    const { items } = (await monitor.get('/api/v1/ports')).json;
    expect(items.map(({ port }: { port: string }) => port).sort()).toEqual(['ens1', 'mlx5_0', 'mlx5_1/2']);
  });

  it('of switches, read over SNMP and gNMI, are of the switch and not of the agent', async () => {
    const times = [200, 210, 220].map((second) => T0 + second * 1000);
    clock.set(T0 + 220_000);
    for (const [poll, atMs] of times.entries()) {
      await push(
        `interface,host=agent,agent_host=10.0.0.11,hostname=leaf1,ifName=Ethernet1 ifHCInOctets=${poll * 1000}u,dot3HCInPauseFrames=${poll * 50}u,ifInOctets=7i ${atMs}`,
        `ifcounters,host=agent,source=leaf2,name=Ethernet2 in_octets=${poll * 2000}i,in_discards=${poll * 10}i ${atMs}`,
      );
    }
    const of = async (device: string, port: string, field: string) => {
      const { json } = await monitor.get(
        `/api/v1/series?device=${device}&port=${port}&field=${field}&priority=none&from=${T0}&to=${T0 + 600_000}`,
      );
      return json.series[0]?.values;
    };
    expect(await of('leaf1', 'Ethernet1', 'rxBytesPerSec')).toEqual([100, 100]);
    expect(await of('leaf1', 'Ethernet1', 'rxPauseFramesPerSec')).toEqual([5, 5]);
    expect(await of('leaf2', 'Ethernet2', 'rxBytesPerSec')).toEqual([200, 200]);
    expect(await of('leaf2', 'Ethernet2', 'dropsPerSec')).toEqual([1, 1]);
  });

  it('that start again, come late or come twice give nothing wrong', async () => {
    const line = (value: number, atMs: number) => `infiniband,host=gpu02,device=mlx5_0 port_rcv_data=${value}i ${atMs}`;
    const at = (second: number) => T0 + 300_000 + second * 1000;
    clock.set(at(60));
    await push(line(1_000_000, at(0)), line(1_250_000, at(10)));
    await push(line(1_250_000, at(10)));
    await push(line(1_100_000, at(5)));
    await push(line(100, at(20)), line(250_100, at(30)));
    const { json } = await monitor.get(
      `/api/v1/series?device=gpu02&port=mlx5_0&field=rxBytesPerSec&from=${at(0)}&to=${at(60)}`,
    );
    expect(json.series[0].values.filter((value: number | null) => value !== null)).toEqual([100_000, 100_000]);
  });

  it('without a host or a port are named, and nothing else is lost', async () => {
    const { status, json } = await push(
      `infiniband,device=mlx5_0 port_rcv_data=1i ${clock.now()}`,
      `ethtool,host=gpu01 rx_bytes_phy=1i ${clock.now()}`,
      `cpu,host=gpu01 usage=1 ${clock.now()}`,
    );
    expect(status).toBe(400);
    expect(json.message).toContain('2 of 3 points refused');
    expect(json.message).toContain('line 1: infiniband needs the tag host; line 2: ethtool needs the tag interface');
  });
});

describe('samples made of counters', () => {
  it('wait until they are stored', () => {
    const clock = new ManualClock(T0);
    const lines = new LineIngest(new SeriesDictionary(), clock, 86_400_000);
    const parse = (value: number, second: number) =>
      lines.parse(Buffer.from(`infiniband,host=h,device=d port_rcv_packets=${value}i ${T0 + second * 1000}`), 'ms');
    const ends = ({ block }: ReturnType<typeof parse>) => block.toSamples().map(({ endMs }) => (endMs - T0) / 1000);
    expect(ends(parse(0, 0))).toEqual([]);
    expect(ends(parse(100, 10))).toEqual([10]);
    // The store did not take it: the agent sends it again.
    expect(ends(parse(100, 10))).toEqual([10]);
    const second = parse(200, 20);
    expect(ends(second)).toEqual([10, 20]);
    expect(ends(parse(300, 30))).toEqual([10, 20, 30]);
    lines.stored(second);
    expect(ends(parse(400, 40))).toEqual([30, 40]);
  });
});
