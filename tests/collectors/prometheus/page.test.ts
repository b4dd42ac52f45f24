import { describe, expect, it } from 'vitest';
import { counterOf, NODE_PAGE, reader, TIME } from './pages.ts';

const read = (text: string, pages = reader(), format: 'text' | 'openmetrics' = 'text') =>
  pages.read(Buffer.from(text), format, TIME);

describe('node_exporter', () => {
  const { frames, problems, samples } = read(NODE_PAGE, reader({ alias: { eth2: 'mlx5_0' } }));
  const [frame] = frames;

  it('gives ports by card, without loopback and IP over InfiniBand', () => {
    expect(frames).toHaveLength(1);
    expect(frame).toMatchObject({ device: 'gpu07', ports: ['mlx5_0', 'mlx5_4'] });
    expect(samples).toBe(23);
  });

  it('prefers counters of the wire, and joins an interface to its card by alias', () => {
    expect(counterOf(frame, 'mlx5_0', 'rxBytes')).toBe(9_007_199_254_740_992n);
    expect(counterOf(frame, 'mlx5_0', 'rxPauseFrames', 3)).toBe(1000n);
    expect(counterOf(frame, 'mlx5_0', 'rxPauseUs', 3)).toBe(123_456n);
    expect(counterOf(frame, 'mlx5_0', 'cnpSent')).toBe(12n);
    expect(counterOf(frame, 'mlx5_0', 'drops')).toBe(11n);
    expect(counterOf(frame, 'mlx5_0', 'linkDowns')).toBe(2n);
  });

  it('does not multiply what is bytes already, and keeps a stopped counter unknown', () => {
    expect(counterOf(frame, 'mlx5_4', 'rxBytes')).toBe(4096n);
    expect(counterOf(frame, 'mlx5_4', 'txBytes')).toBe(8192n);
    expect(counterOf(frame, 'mlx5_4', 'symbolErrors')).toBeUndefined();
    expect(counterOf(frame, 'mlx5_4', 'linkDowns')).toBe(3n);
    expect(frame?.counters.find(({ counter }) => counter === 'xmitWaitTicks')).toMatchObject({
      widthBits: 32,
      saturates: true,
    });
  });

  it('reads link rate and state', () => {
    expect([...frame!.linkRateBitsPerSec]).toEqual([400e9, 400e9]);
    expect([...frame!.linkUp]).toEqual([1, 1]);
  });

  it('says which float has lost its last bits', () => {
    expect(problems.filter((text) => text.includes('2^53'))).toEqual([
      expect.stringContaining('node_ethtool_received_bytes_phy{device="eth2"}'),
    ]);
  });

  it('keeps two ports of one card apart', () => {
    const page = ['1', '2'].map(
      (port) => `node_infiniband_port_packets_received_total{device="mlx5_0",port="${port}"} 1\n`,
    );
    expect(read(page.join('')).frames[0]?.ports).toEqual(['mlx5_0/1', 'mlx5_0/2']);
  });
});

describe('other exporters', () => {
  it('node_exporter on RoCE: zeros of what only InfiniBand counts are no values', () => {
    const counters = (device: string, value: number) =>
      ['port_transmit_wait', 'port_discards_transmitted', 'symbol_error', 'link_error_recovery', 'link_downed'].map(
        (name) => `node_infiniband_${name}_total{device="${device}",port="1"} ${value}`,
      );
    const ofInfiniband = ['xmitWaitTicks', 'drops', 'symbolErrors', 'linkRecoveries', 'linkDowns'] as const;
    const valuesOf = (lines: string[], port = 'mlx5_0') => {
      const [frame] = read(
        [...lines, 'node_infiniband_port_packets_received_total{device="mlx5_0"} 1'].join('\n'),
      ).frames;
      return ofInfiniband.map((counter) => counterOf(frame, port, counter));
    };
    const none = [undefined, undefined, undefined, undefined, undefined];
    const congestion = 'node_infiniband_np_cnp_packets_sent_total{device="mlx5_0",port="1"} 0';
    expect(valuesOf(counters('mlx5_0', 0))).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(valuesOf([...counters('mlx5_0', 0), congestion])).toEqual(none);
    // Some firmware counts congestion packets on InfiniBand too.
    expect(valuesOf([...counters('mlx5_0', 9), congestion])).toEqual([9n, 9n, 9n, 9n, 9n]);
    expect(valuesOf([...counters('mlx5_0', 0), ...counters('mlx5_1', 0), congestion], 'mlx5_1')).toEqual([
      0n,
      0n,
      0n,
      0n,
      0n,
    ]);
    const type = (device: string, number: number) => `node_network_protocol_type{device="${device}"} ${number}`;
    const noIpoib = [...counters('mlx5_0', 0), type('lo', 772), type('eth2', 1)];
    expect(valuesOf(noIpoib)).toEqual(none);
    const timeouts = 'node_infiniband_local_ack_timeout_errors_total{device="mlx5_0",port="1"} 0';
    expect(valuesOf([...noIpoib, timeouts])).toEqual([0n, 0n, 0n, 0n, 0n]);
    expect(valuesOf([...counters('mlx5_0', 0), type('eth2', 1), type('ib0', 32)])).toEqual([0n, 0n, 0n, 0n, 0n]);
  });

  it('node_exporter on a SONiC switch: what goes to its CPU is not the traffic of its ports', () => {
    const line = (device: string) => `node_network_receive_bytes_total{device="${device}"} 1\n`;
    const page = ['Ethernet0', 'Ethernet4', 'eth0', 'lo', 'lom1'].map(line).join('');
    expect(read(page).frames[0]?.ports).toEqual(['eth0', 'lom1']);
    expect(read(page, reader({ include: [/^Ethernet/] })).frames[0]?.ports).toEqual(['Ethernet0', 'Ethernet4']);
  });

  it('node_exporter on old kernels: counters of 64 bits stand apart, as bytes', () => {
    const line = (name: string, value: number) => `node_infiniband_${name}{device="mlx4_0",port="1"} ${value}\n`;
    const [frame] = read(
      line('port_data_received_bytes_total', 17_179_869_180) +
        line('legacy_data_received_bytes_total', 90_000_000_000) +
        line('legacy_packets_transmitted_total', 7),
    ).frames;
    expect(counterOf(frame, 'mlx4_0', 'rxBytes')).toBe(90_000_000_000n);
    expect(counterOf(frame, 'mlx4_0', 'txPackets')).toBe(7n);
  });

  it('UFM telemetry: a device a node, data words, time stamps in ms', () => {
    const page = [
      'PortXmitDataExtended{source="ufm",node_guid="0x98039B0300AA1100",port_num="3"} 1000 1799999999000',
      'PortXmitWaitExtended{source="ufm",node_guid="0x98039B0300AA1100",port_num="3"} 7 1799999999000',
      'PortRcvDataExtended{source="ufm",node_guid="0x1",node_desc="gpu07 mlx5_4",port_num="1"} 18446744073709551615 1799999998000',
    ].join('\n');
    const { frames, problems } = read(page);
    expect(frames.map(({ device, ports }) => [device, ports])).toEqual([
      ['0x98039b0300aa1100', ['3']],
      ['gpu07', ['mlx5_4']],
    ]);
    expect(counterOf(frames[0], '3', 'txBytes')).toBe(4000n);
    expect(counterOf(frames[1], 'mlx5_4', 'rxBytes')).toBe(2n ** 64n - 4n);
    expect(frames[0]?.atMs[0]).toBe(1_799_999_999_000);
    expect(frames[1]?.atMs[0]).toBe(1_799_999_998_000);
    expect(problems).toEqual([]);
    const bytes = read(page, reader({ ufmDataUnit: 'bytes' })).frames[0];
    expect(counterOf(bytes, '3', 'txBytes')).toBe(1000n);
  });

  it('UFM telemetry: nodes named by GUID only have the names they are given, adapters their card', () => {
    const page = [
      'PortXmitWaitExtended{source="0x1",node_guid="98039b0300aa1100",port_num="3"} 7',
      'PortXmitWaitExtended{source="0x1",node_guid="2c90300f172a0",port_num="1"} 8',
      'PortXmitWaitExtended{source="0x1",node_guid="5",port_num="1"} 9',
    ].join('\n');
    const names = new Map([
      ['0x98039b0300aa1100', { device: 'leaf-07' }],
      ['0x0002c90300f172a0', { device: 'gpu07', card: 'mlx5_4' }],
    ]);
    expect(read(page, reader({ names })).frames.map(({ device, ports }) => `${device} ${ports}`)).toEqual([
      'leaf-07 3',
      'gpu07 mlx5_4',
      '0x0000000000000005 1',
    ]);
  });

  it('dcgm-exporter: NVLink 5 totals under both names, CRC errors as one sum, rates refused', () => {
    const labels = '{gpu="3",UUID="GPU-x",device="nvidia3",Hostname="gpu07"}';
    const { frames, problems } = read(
      [
        `DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES${labels} 5000`,
        `DCGM_FI_DEV_NVLINK_TX_BYTES_TOTAL${labels} 5000`,
        `DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL${labels} 2`,
        `DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL${labels} 3`,
        `DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL${labels} 6`,
        `DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_TOTAL${labels} 0`,
        `DCGM_FI_DEV_NVLINK_COUNT_LINK_RECOVERY_SUCCESSFUL_EVENTS${labels} 7`,
        `DCGM_FI_DEV_NVLINK_RECOVERY_FAILED_TOTAL${labels} 8`,
        `DCGM_FI_DEV_NVLINK_RX_ERROR_TOTAL${labels} 9`,
        'DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL{gpu="4"} 10',
        `DCGM_FI_PROF_NVLINK_RX_BYTES${labels} 9e9`,
      ].join('\n'),
    );
    expect(frames[0]?.ports).toEqual(['gpu3/nvlink', 'gpu4/nvlink']);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'txBytes')).toBe(5000n);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'symbolErrors')).toBe(5n);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'retransmits')).toBe(6n);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'linkRecoveries')).toBe(7n);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'linkDowns')).toBe(8n);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'rxErrors')).toBe(9n);
    expect(counterOf(frames[0], 'gpu4/nvlink', 'linkRecoveries')).toBe(10n);
    expect(counterOf(frames[0], 'gpu3/nvlink', 'rxBytes')).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('DCGM_FI_PROF_NVLINK_RX_BYTES: a rate of the moment')]);
  });

  it('SONiC: sums of packets, per-priority pause, queues, members only', () => {
    const { frames } = read(
      [
        ...['ucast', 'multicast', 'broadcast'].map(
          (method) => `sonic_interface_transmit_packets{device="Ethernet0",method="${method}"} 10`,
        ),
        'sonic_interface_receive_errs{device="Ethernet0",type="pause"} 4',
        'sonic_interface_receive_errs{device="Ethernet0",type="error"} 400',
        'sonic_interface_transmit_errs{device="Ethernet0",type="discard"} 5',
        'sonic_interface_receive_bytes{device="PortChannel1"} 1',
        'sai_port_stat_pfc_3_rx_pkts{interface="Ethernet0"} 6',
        'sonic_queue_bytes_total{device="Ethernet0",queue="3"} 7',
        'sonic_queue_bytes_total{device="Ethernet0",queue="MC13"} 8',
        'sonic_interface_speed_bytes{device="Ethernet0"} 5e10',
      ].join('\n'),
    );
    const [frame] = frames;
    expect(frame?.ports).toEqual(['Ethernet0']);
    expect(counterOf(frame, 'Ethernet0', 'txPackets')).toBe(30n);
    expect(counterOf(frame, 'Ethernet0', 'rxPauseFrames')).toBe(4n);
    expect(counterOf(frame, 'Ethernet0', 'rxPauseFrames', 3)).toBe(6n);
    expect(counterOf(frame, 'Ethernet0', 'drops')).toBe(5n);
    expect(counterOf(frame, 'Ethernet0', 'txBytes', 3)).toBe(7n);
    expect(frame?.linkRateBitsPerSec[0]).toBe(400e9);
  });

  it("InfiniBand exporters: treydock's bytes, guilbaults' words", () => {
    const { frames } = read(
      [
        'infiniband_switch_port_transmit_data_bytes_total{guid="0x1",port="2",switch="MF0;leaf-07:MQM9700/U1"} 4000',
        'infiniband_portxmitdata{local_name="leaf-08",local_guid="0x2",local_port="2"} 1000',
      ].join('\n'),
    );
    expect(counterOf(frames[0], '2', 'txBytes')).toBe(4000n);
    expect(frames[0]?.device).toBe('leaf-07');
    expect(counterOf(frames[1], '2', 'txBytes')).toBe(4000n);
  });

  it("guilbaults' exporter: counters of classic width are unknown at their end, wider ones are not", () => {
    const line = (name: string, port: number, value: number) =>
      `infiniband_${name}{local_name="leaf-08",local_guid="0x2",local_port="${port}"} ${value}\n`;
    const [frame] = read(
      line('symbolerrorcounter', 1, 65_535) +
        line('symbolerrorcounter', 2, 65_536) +
        line('linkdownedcounter', 1, 255) +
        line('linkdownedcounter', 2, 300) +
        line('portxmitwait', 1, 4_294_967_295),
    ).frames;
    const values = (port: string) =>
      (['symbolErrors', 'linkDowns'] as const).map((counter) => counterOf(frame, port, counter));
    expect([values('1'), values('2')]).toEqual([
      [undefined, undefined],
      [65_536n, 300n],
    ]);
    const wait = frame?.counters.find(({ counter }) => counter === 'xmitWaitTicks');
    expect(wait).toMatchObject({ widthBits: 32, saturates: true });
  });

  it("treydock's exporter: series that give a GUID only have the node's name from elsewhere on the page", () => {
    const page = (info: string) =>
      [
        info,
        'infiniband_hca_port_transmit_wait_total{guid="0x7cfe9003003b4bde",port="1"} 5',
        'infiniband_switch_port_transmit_wait_total{guid="0x7cfe9003009ce5b0",port="2"} 36510964',
        'infiniband_switch_port_receive_errors_total{guid="0x7cfe9003009ce5b0",port="2"} 3',
        'infiniband_switch_port_state{guid="0x7cfe9003009ce5b0",port="2"} 1',
      ].join('\n');
    const info =
      'infiniband_switch_info{guid="0x7cfe9003009ce5b0",lid="1719",switch="ib-i1l1s01"} 1\n' +
      'infiniband_hca_info{guid="0x7cfe9003003b4bde",hca="gpu07 HCA-1",lid="9"} 1\n' +
      'infiniband_hca_rate_bytes_per_second{guid="0x7cfe9003003b4bde"} 5e10';
    expect(read(page(info)).frames.map(({ device, ports }) => `${device} ${ports}`)).toEqual([
      'gpu07 HCA-1',
      'ib-i1l1s01 2',
    ]);
    const [host, frame] = read(page(info)).frames;
    expect(host?.linkRateBitsPerSec[0]).toBe(400e9);
    expect(counterOf(frame, '2', 'rxErrors')).toBe(3n);
    expect(frame?.linkUp[0]).toBe(1);
    expect(read(page('')).frames.map(({ device }) => device)).toEqual(['0x7cfe9003003b4bde', '0x7cfe9003009ce5b0']);
  });

  it('one spelling of GUIDs, and of hw_counters under the names of the kernel', () => {
    const ufm = 'PortXmitWaitExtended{source="0x0002c90300f172a0",node_guid="2c90300f172a0",port_num="2"} 7';
    expect(read(ufm).frames[0]?.device).toBe('0x0002c90300f172a0');
    const names = ['node_infiniband_np_cnp_sent', 'node_infiniband_np_cnp_packets_sent_total'];
    for (const name of names) {
      expect(counterOf(read(`${name}{device="mlx5_0",port="1"} 7`).frames[0], 'mlx5_0', 'cnpSent')).toBe(7n);
    }
    const both = names.map((name) => `${name}{device="mlx5_0",port="1"} 7`).join('\n');
    expect(counterOf(read(both).frames[0], 'mlx5_0', 'cnpSent')).toBe(7n);
  });

  it('a federation page: the label names the device', () => {
    const page = ['a', 'b'].map((name) => `node_network_receive_bytes_total{device="eth0",instance="${name}"} 1\n`);
    const { frames } = read(page.join(''), reader({ deviceLabel: 'instance' }));
    expect(frames.map(({ device }) => device)).toEqual(['a', 'b']);
  });
});

describe('pages that are not as they should be', () => {
  const one = 'node_network_receive_bytes_total{device="eth0"}';

  it.each([
    ['NaN', 'NaN'],
    ['+Inf', 'Inf'],
    ['-5', '-5'],
    ['1e20', '1e20'],
  ])('%s is no counter: absent, not zero', (value, shown) => {
    const { frames, problems } = read(`${one} ${value}\n`);
    expect(counterOf(frames[0], 'eth0', 'rxBytes')).toBeUndefined();
    expect(frames[0]?.atMs[0]).toBeNaN();
    expect(problems[0]).toContain(shown);
  });

  it.each([
    ['<html><body>404</body></html>'],
    ['{"status": "ok"}'],
    [`${one} seven`],
    [''],
    ['# HELP only\n'],
    ['\x00\x01\x02'],
  ])('%j is refused in one sentence', (page) => {
    expect(() => read(page)).toThrow(/is no exporter page/);
  });

  it('takes a counter with and without _total, and both as one', () => {
    const page = (name: string) => `${name}{gpu="3"} 5000\n`;
    for (const name of ['DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES', 'DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES_total'])
      expect(counterOf(read(page(name)).frames[0], 'gpu3/nvlink', 'txBytes')).toBe(5000n);
    const both = page('DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES') + page('DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES_total');
    expect(counterOf(read(both).frames[0], 'gpu3/nvlink', 'txBytes')).toBe(5000n);
    const packets = (end: string) =>
      ['ucast', 'multicast'].map((m) => `sonic_interface_receive_packets${end}{device="Ethernet0",method="${m}"} 10\n`);
    const frame = read([...packets(''), ...packets('_total')].join('')).frames[0];
    expect(counterOf(frame, 'Ethernet0', 'rxPackets')).toBe(20n);
    // A state is no counter: what has another name is something else.
    expect(read(`${page('node_network_up_total')}node_cpu{a="b"} 1\n`).frames).toEqual([]);
  });

  it('reads past a byte order mark', () => {
    expect(read(`\ufeff${NODE_PAGE}`).frames[0]?.ports).toEqual(read(NODE_PAGE).frames[0]?.ports);
    expect(read(`\ufeff${NODE_PAGE}`).problems).toEqual(read(NODE_PAGE).problems);
  });

  it('leaves out a broken line, keeps the others and says so', () => {
    const { frames, problems } = read(`${one} 5\nnode_load1 x y z\nnode_network_receive_bytes_total{device="eth1} 1\n`);
    expect(counterOf(frames[0], 'eth0', 'rxBytes')).toBe(5n);
    expect(problems).toEqual([expect.stringMatching(/^2 lines were left out: "node_load1 x y z" is no sample/)]);
  });

  it('leaves out names that nobody has, and says so in few words', () => {
    const long = `node_network_up{device="eth2",a="${'x'.repeat(9000)}"} 1\n`;
    const { samples, problems } = read(`${long}${NODE_PAGE}`);
    expect(samples).toBe(read(NODE_PAGE).samples);
    expect(problems.join('\n')).toContain('1 lines were left out');
    const value = `node_network_receive_bytes_total{device="eth2"} -${'9'.repeat(5000)}\n`;
    for (const text of read(value + NODE_PAGE).problems) expect(text.length).toBeLessThanOrEqual(400);
  });

  it('uses the first of two equal series', () => {
    const { frames, problems } = read(`${one} 5\n${one} 6\n`);
    expect(counterOf(frames[0], 'eth0', 'rxBytes')).toBe(5n);
    expect(problems[0]).toContain('twice');
  });

  it('does not believe a time stamp in the wrong unit', () => {
    const { frames, problems } = read(`${one} 5 1800000000\n`);
    expect(frames[0]?.atMs[0]).toBe(TIME.atMs);
    expect(problems[0]).toContain('more than a day');
  });

  it('refuses an OpenMetrics page without its end, and reads one with it: seconds, exemplars', () => {
    const page = `${one} 5 1799999999.5 # {trace_id="a b"} 1 1799999999\n`;
    expect(() => read(page, reader(), 'openmetrics')).toThrow(/cut off/);
    expect(read(`${page}# EOF\n`, reader(), 'openmetrics').frames[0]?.atMs[0]).toBe(1_799_999_999_500);
  });

  it('reads quoted names, escapes, UTF-8 and Windows line ends', () => {
    const { frames } = read(`{"node_network_receive_bytes_total",device="g\\"r\\\\ün"} 5\r\n`);
    expect(frames[0]?.ports).toEqual(['g"r\\ün']);
  });

  it('leaves quoted names that only UTF-8 has in peace, and broken ones out', () => {
    const strange = `{"http.server-duration ms","weird label"="x",le="1"} 5\n{"grün"} 6\n`;
    const { frames, problems, samples } = read(`${strange}${one} 7\n`);
    expect([frames.length, samples, problems]).toEqual([1, 3, []]);
    for (const broken of ['{""} 1', '{} 1', '{"a" "b"} 1', '{"a"="b" "c"} 1'])
      expect(read(`${broken}\n${one} 7\n`).problems).toEqual([expect.stringMatching(/^1 lines were left out/)]);
  });

  it('names from Object.prototype are names', () => {
    const { frames } = read('node_network_receive_bytes_total{device="constructor"} 5\n__proto__ 1\n');
    expect(frames[0]?.ports).toEqual(['constructor']);
  });
});

it('a page of a large fabric is learned at once', () => {
  const lines: string[] = [];
  for (let node = 0; node < 1000; node++) {
    for (let port = 1; port <= 40; port++) {
      lines.push(`PortXmitDataExtended{node_guid="0x${node}",port_num="${port}"} ${node * port}`);
    }
  }
  const { frames } = read(lines.join('\n'));
  expect(frames).toHaveLength(1000);
  expect(counterOf(frames[999], '40', 'txBytes')).toBe(4n * 999n * 40n);
});

describe('the next page', () => {
  it('takes values, not memories: what is gone is absent', () => {
    const pages = reader();
    const line = (port: string, value: number) => `node_network_receive_bytes_total{device="${port}"} ${value}\n`;
    read(line('eth0', 1) + line('eth1', 2), pages);
    const second = read(line('eth1', 3), pages).frames[0];
    expect(counterOf(second, 'eth1', 'rxBytes')).toBe(3n);
    expect(counterOf(second, 'eth0', 'rxBytes')).toBeUndefined();
    expect(second?.atMs[0]).toBeNaN();
    const third = read(line('eth2', 4) + line('eth1', 5) + line('eth0', 6), pages).frames[0];
    expect(third?.ports).toEqual(['eth0', 'eth1', 'eth2']);
    expect(counterOf(third, 'eth2', 'rxBytes')).toBe(4n);
  });

  it('forgets series that change their labels all the time', () => {
    const pages = reader();
    const seen = () => (pages as unknown as { slots: Map<string, number> }).slots.size;
    for (let page = 0; page < 200; page++) {
      const lines = Array.from(
        { length: 50 },
        (_, i) => `node_network_receive_bytes_total{device="e${page}x${i}"} 1\n`,
      );
      expect(read(lines.join(''), pages).frames[0]?.ports.length).toBeGreaterThanOrEqual(50);
    }
    expect(seen()).toBeLessThan(4000);
  });

  it('chooses another source once the best one has been gone for ten pages', () => {
    const pages = reader();
    const both =
      'node_ethtool_received_bytes_phy{device="eth2"} 9\nnode_network_receive_bytes_total{device="eth2"} 1\n';
    const plain = 'node_network_receive_bytes_total{device="eth2"} 1\n';
    expect(counterOf(read(both, pages).frames[0], 'eth2', 'rxBytes')).toBe(9n);
    for (let page = 0; page < 9; page++) {
      expect(counterOf(read(plain, pages).frames[0], 'eth2', 'rxBytes')).toBeUndefined();
    }
    expect(counterOf(read(plain, pages).frames[0], 'eth2', 'rxBytes')).toBe(1n);
  });
});
