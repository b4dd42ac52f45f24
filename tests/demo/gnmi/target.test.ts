import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EOS_MODELS } from '../../../demo/gnmi/eos.ts';
import { Device, flat, type Notification, pathOf } from './device.ts';

let device: Device;
let port: number;
beforeEach(async () => {
  device = new Device();
  port = await device.start();
});
afterEach(() => device.stop());

const COUNTERS = '/interfaces/interface[name=*]/state/counters';
const OCTETS = '/interfaces/interface[name=1]/state/counters/in-octets';
const sample = (path: string, ms: number, more = {}) => ({
  path: pathOf(path),
  mode: 'SAMPLE',
  sample_interval: String(ms * 1e6),
  ...more,
});

describe('Capabilities', () => {
  it('names its models and the encodings it speaks', async () => {
    const told = await device.call<{ supported_models: { name: string }[]; supported_encodings: string[] }>(
      'Capabilities',
      {},
    );
    expect(told).toMatchObject({ supported_encodings: ['JSON', 'PROTO', 'JSON_IETF'], gNMI_version: '0.10.0' });
    expect(told.supported_models.map(({ name }) => name)).toEqual(EOS_MODELS.map(({ name }) => name));
  });

  it('wants the password', async () => {
    await expect(device.call('Capabilities', {}, 'wrong')).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });
});

describe('Get', () => {
  it('gives 64-bit counters without losing a bit, in every encoding', async () => {
    const moved = BigInt(Math.floor(device.fabric.network.counters.rxBytes[device.port(1)]!));
    expect(moved).toBeGreaterThan(0n);
    const octets = String(2n ** 53n + 1n + moved);
    const expected = { PROTO: octets, JSON: octets, JSON_IETF: `"${octets}"` };
    for (const [encoding, text] of Object.entries(expected)) {
      const { notification } = await device.get(OCTETS, encoding);
      expect(notification.flatMap(flat)).toEqual([[OCTETS.slice(1), text]]);
    }
  });

  it('gives a subtree as a document, qualified where a module begins', async () => {
    const document = async (encoding: string, field: string): Promise<unknown> => {
      const { notification } = await device.get('/interfaces/interface[name=1]/ethernet', encoding);
      expect(notification.flatMap(flat)).toHaveLength(1);
      return JSON.parse(String(notification[0]!.update[0]!.val[field]));
    };
    const priority = (index: number) => ({
      index,
      state: {
        'in-frames': expect.anything(),
        'out-frames': expect.anything(),
        'pfc-on-total-rx-time': expect.anything(),
        'rx-transitions': expect.anything(),
      },
    });
    const priorities = [0, 1, 2, 3, 4, 5, 6, 7].map(priority);
    expect(await document('JSON_IETF', 'json_ietf_val')).toMatchObject({
      'openconfig-if-ethernet:state': { 'port-speed': 'openconfig-if-ethernet:SPEED_100GB' },
      'arista-intf-augments:pfc': { priorities: { priority: priorities } },
    });
    expect(await document('JSON', 'json_val')).toMatchObject({
      state: {},
      pfc: { priorities: { priority: priorities } },
    });
  });

  it('answers each node that a wildcard matches, or all where keys are left out', async () => {
    for (const path of ['/interfaces/interface[name=*]/state/oper-status', '/interfaces/interface/state/oper-status']) {
      const { notification } = await device.get(path, 'JSON_IETF');
      expect(notification.flatMap(flat).map(([at]) => at)).toEqual(
        [1, 2, 3, 4, 5, 6].map((n) => `interfaces/interface[name=${n}]/state/oper-status`),
      );
    }
    const { notification } = await device.get('/interfaces/.../port-speed', 'PROTO');
    expect(notification.flatMap(flat)).toHaveLength(6);
  });

  it('stamps what it read with its own time and repeats target and origin', async () => {
    const { notification } = await device.call<{ notification: Notification[] }>('Get', {
      prefix: pathOf('/interfaces', { target: 'leaf', origin: 'openconfig' }),
      path: [pathOf('/interface[name=2]/state')],
      encoding: 'JSON_IETF',
    });
    expect(notification[0]).toMatchObject({
      timestamp: String(BigInt(device.bootMs + device.fabric.nowMs) * 1_000_000n),
      prefix: { target: 'leaf', origin: 'openconfig' },
    });
  });

  it.each([
    ['a path of no model', { path: [pathOf('/nope')], encoding: 'JSON' }, status.NOT_FOUND],
    ['a port that is not there', { path: [pathOf('/interfaces/interface[name=99]')] }, status.NOT_FOUND],
    ['configuration', { path: [pathOf('/interfaces')], type: 1 }, status.NOT_FOUND],
    ['an encoding it does not speak', { path: [pathOf('/system')], encoding: 'ASCII' }, status.UNIMPLEMENTED],
    ['another origin', { path: [pathOf('/Sysdb', { origin: 'eos_native' })] }, status.INVALID_ARGUMENT],
  ])('refuses %s', async (_, request, code) => {
    await expect(device.call('Get', request)).rejects.toMatchObject({ code });
  });
});

describe('what an EOS switch tells', () => {
  const value = async (path: string): Promise<string> =>
    (await device.get(path, 'PROTO')).notification.flatMap(flat)[0]![1];
  const priority = (leaf: string, index = 3) =>
    value(`/interfaces/interface[name=1]/ethernet/pfc/priorities/priority[index=${index}]/state/${leaf}`);
  const START = 2n ** 53n + 1n;

  it('is PFC of the lossless priority in frames and ns, and that it was stopped, not that it stopped others', async () => {
    const { counters } = device.fabric.network;
    const at = device.port(1);
    counters.rxPauseUs[at] = 1234;
    counters.rxPauseFrames[at] = 10;
    counters.rxResumeFrames[at] = 4;
    expect(await priority('pfc-on-total-rx-time')).toBe(String((START + 1234n) * 1000n));
    expect(await priority('in-frames')).toBe(String(START * 2n + 14n));
    expect(await priority('rx-transitions')).toBe(String(START + 4n));
    expect(await priority('pfc-on-total-rx-time', 0)).toBe('0');
    await expect(priority('pfc-on-total-tx-time')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('is ECN marks of one queue', async () => {
    device.fabric.network.counters.ecnMarkedPackets[device.port(1)] = 77;
    const queue = (name: number) =>
      value(`/qos/interfaces/interface[interface-id=1]/output/queues/queue[name=${name}]/state/ecn-marked-pkts`);
    expect([await queue(3), await queue(4)]).toEqual([String(START + 77n), '0']);
  });

  it.each([
    [1, 'SPEED_100GB'],
    [0.25, 'SPEED_25GB'],
    [0.7, 'SPEED_50GB'],
    [0.001, 'SPEED_UNKNOWN'],
  ])('is a speed that links can have, at %d of the rate: %s', async (share, name) => {
    device.fabric.network.rate[device.port(1)]! *= share;
    const speed = await value('/interfaces/interface[name=1]/ethernet/state/port-speed');
    expect(speed).toBe(`openconfig-if-ethernet:${name}`);
  });

  it('is when it started', async () => {
    expect(await value('/system/state/boot-time')).toBe(String(BigInt(device.bootMs) * 1_000_000n));
  });
});

describe('Subscribe', () => {
  it('streams samples at the asked interval, after a first set and a sync', async () => {
    const call = device.subscribe({ subscription: [sample(COUNTERS, 150)], encoding: 'PROTO' });
    await call.until(() => call.updates.length >= 6 * 4);
    expect(call.responses.findIndex(({ sync_response }) => sync_response)).toBe(6);
    expect(call.syncs).toBe(1);
    const [first] = call.updates;
    expect(first!.prefix!.elem.map(({ name }) => name)).toEqual(['interfaces', 'interface']);
    expect(flat(first!).map(([at]) => at)).toContain(OCTETS.slice(1));
  });

  it('sends only what has changed where that is asked for, and everything at a heartbeat', async () => {
    const once = device.subscribe({
      subscription: [sample(COUNTERS, 100, { suppress_redundant: true })],
      encoding: 'PROTO',
    });
    const beating = device.subscribe({
      subscription: [sample(COUNTERS, 100, { suppress_redundant: true, heartbeat_interval: '300000000' })],
      encoding: 'PROTO',
    });
    await beating.until(() => beating.updates.length >= 12);
    expect(once.updates).toHaveLength(6);
    device.fabric.network.counters.rxBytes[device.port(1)]! += 1000;
    await once.until(() => once.updates.length > 6);
    expect(flat(once.updates[6]!).map(([at]) => at)).toEqual([OCTETS.slice(1)]);
  });

  it('tells a change of state within a moment', async () => {
    const call = device.subscribe({
      subscription: [{ path: pathOf('/interfaces/interface[name=2]/state/oper-status'), mode: 'ON_CHANGE' }],
      encoding: 'JSON_IETF',
    });
    await call.until(() => call.syncs === 1);
    device.fabric.network.up[device.port(2)] = 0;
    await call.until(() => call.updates.length === 2);
    expect(call.updates.flatMap(flat)).toEqual([
      ['interfaces/interface[name=2]/state/oper-status', '"UP"'],
      ['interfaces/interface[name=2]/state/oper-status', '"DOWN"'],
    ]);
  });

  it('with updates_only begins with the sync', async () => {
    const call = device.subscribe({ subscription: [sample(OCTETS, 100)], updates_only: true, encoding: 'PROTO' });
    await call.until(() => call.updates.length === 2);
    expect(call.responses[0]).toMatchObject({ sync_response: true });
  });

  it('chooses itself what to sample and what to tell on change', async () => {
    const call = device.subscribe({
      subscription: [{ path: pathOf('/interfaces/interface[name=1]/state'), mode: 'TARGET_DEFINED' }],
    });
    await call.until(() => call.syncs === 1);
    device.fabric.network.up[device.port(1)] = 0;
    await call.until(() => call.updates.length === 3);
    expect(flat(call.updates[2]!)).toEqual([['interfaces/interface[name=1]/state/oper-status', '"DOWN"']]);
  });

  it('ONCE ends after its sync, and repeats target and origin', async () => {
    const call = device.subscribe({
      prefix: pathOf('', { target: 'leaf', origin: 'openconfig' }),
      subscription: [{ path: pathOf('/lldp') }],
      mode: 'ONCE',
      encoding: 'PROTO',
    });
    await call.until(() => call.ended);
    expect(call.responses.at(-1)).toMatchObject({ sync_response: true });
    expect(call.updates.every(({ prefix }) => prefix?.target === 'leaf' && prefix.origin === 'openconfig')).toBe(true);
    const heard = call.updates.flatMap(flat).filter(([at]) => at.endsWith('state/system-name'));
    expect(heard.map(([, name]) => name)).toEqual([
      'leaf0',
      'host00',
      'host01',
      'host02',
      'host03',
      'spine0',
      'spine1',
    ]);
  });

  it('POLL answers each poll with everything and a sync', async () => {
    const call = device.subscribe({ subscription: [{ path: pathOf(COUNTERS) }], mode: 'POLL', encoding: 'PROTO' });
    await call.until(() => call.syncs === 1);
    call.send({ poll: {} });
    await call.until(() => call.syncs === 2);
    expect(call.updates).toHaveLength(12);
  });

  it('goes on waiting for what may come', async () => {
    const call = device.subscribe({ subscription: [sample('/interfaces/interface[name=99]/state', 100)] });
    await call.until(() => call.syncs === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(call).toMatchObject({ error: undefined, ended: false, updates: [] });
  });

  it.each([
    ['a path of no model', { subscription: [sample('/nope', 1000)] }, status.INVALID_ARGUMENT],
    ['an interval it cannot keep', { subscription: [sample(OCTETS, 1)] }, status.INVALID_ARGUMENT],
    ['an empty list', { subscription: [] }, status.INVALID_ARGUMENT],
    [
      'an encoding it does not speak',
      { subscription: [sample(OCTETS, 1000)], encoding: 'BYTES' },
      status.UNIMPLEMENTED,
    ],
  ])('refuses %s', async (_, list, code) => {
    const call = device.subscribe(list);
    await call.until(() => call.error !== undefined);
    expect(call.error!.code).toBe(code);
  });

  it('refuses a wrong password, a poll without a list and a second list', async () => {
    const stranger = device.subscribe({ subscription: [sample(OCTETS, 1000)] }, 'wrong');
    await stranger.until(() => stranger.error !== undefined);
    expect(stranger.error!.code).toBe(status.UNAUTHENTICATED);
    expect(stranger.error!.details).not.toContain('secret');
    for (const second of [{ poll: {} }, { subscribe: { subscription: [sample(OCTETS, 1000)] } }]) {
      const call = device.subscribe({ subscription: [sample(OCTETS, 1000)] });
      await call.until(() => call.syncs === 1);
      call.send(second);
      await call.until(() => call.error !== undefined);
      expect(call.error!.code).toBe(status.INVALID_ARGUMENT);
    }
  });
});

it('takes another port when the wanted one is taken', async () => {
  const second = new Device(port);
  expect(await second.start()).not.toBe(port);
  await expect(second.get('/system', 'PROTO')).resolves.toBeDefined();
  second.stop();
});
