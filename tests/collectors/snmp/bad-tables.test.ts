import { afterEach, describe, expect, it } from 'vitest';
import { BerReader, integer, TAG, tlv } from '../../../collectors/snmp/wire/ber.ts';
import { interfaces, priorityIndexes, system, table } from './devices.ts';
import { FakeAgent, type FakeObject, type FakeRequest, object } from './fake-agent.ts';
import { counterOf, createSource, gaugeOf, Recorder, running } from './recorder.ts';

const CISCO_PFC = '1.3.6.1.4.1.9.9.813.1.2.1';
const CISCO_SENSORS = '1.3.6.1.4.1.9.9.91.1.1.1.1';
const LLDP = '1.0.8802.1.1.2.1';
const GEN_ERR = 5;
const NO_SUCH_NAME = 2;

const agents: FakeAgent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.close();
});

function leaf(): FakeObject[] {
  const list = [1, 2].map((ifIndex) => ({ ifIndex, name: `Ethernet1/${ifIndex}` }));
  return [
    ...system('leaf1', '1.3.6.1.4.1.9.12.3.1.3.1812', 'Cisco NX-OS(tm)'),
    ...interfaces(list),
    ...interfaces([{ ifIndex: 9, name: 'port-channel1', type: 161 }]),
    ...table(CISCO_PFC, [2, 3], priorityIndexes([1, 2]), () => 5),
    object(`${LLDP}.4.1.1.5.0.1.1`, '4', 'aa:bb:cc:dd:ee:01'),
    object(`${LLDP}.4.1.1.7.0.1.1`, '4', 'Ethernet9'),
    object(`${LLDP}.4.1.1.9.0.1.1`, '4', 'spine1'),
    ...[1, 2, 3, 4, 5].map((column) =>
      object(`${CISCO_SENSORS}.${column}.7`, '2', ['14', '9', '3', '-1210', '1'][column - 1]!),
    ),
    object('1.3.6.1.2.1.47.1.1.1.1.7.7', '4', 'Ethernet1/1 Transceiver Receive Power Sensor'),
  ];
}

type Fault = (answer: Buffer, request: FakeRequest) => Buffer | null;

/** Answers below one of these subtrees only are spoilt. */
async function leafWith(fault: Fault, subtrees: readonly string[]): Promise<{ agent: FakeAgent; recorder: Recorder }> {
  const agent = await FakeAgent.start(leaf());
  agents.push(agent);
  agent.behaviour.spoil = (answer, request) =>
    request.oids.some((oid) => subtrees.some((subtree) => `${oid.join('.')}.`.startsWith(`${subtree}.`)))
      ? fault(answer, request)
      : answer;
  return { agent, recorder: new Recorder() };
}

const says =
  (status: number): Fault =>
  (_, { requestId, community }) => {
    const pdu = tlv(TAG.response, integer(requestId), integer(status), integer(1), tlv(TAG.sequence));
    return tlv(TAG.sequence, integer(1), tlv(TAG.octetString, Buffer.from(community)), pdu);
  };

/** The variables of an answer, and the answer with others in their place. */
function variablesOf(answer: Buffer): Buffer[] {
  const reader = new BerReader(answer);
  for (const what of ['message', 'version', 'community', 'pdu', 'id', 'status', 'index', 'list']) {
    reader.header();
    if (!['message', 'pdu', 'list'].includes(what)) reader.at += reader.length;
  }
  const list: Buffer[] = [];
  while (reader.at < answer.length) {
    const start = reader.at;
    reader.header();
    reader.at += reader.length;
    list.push(answer.subarray(start, reader.at));
  }
  return list;
}

const withVariables =
  (change: (variables: Buffer[]) => Buffer[]): Fault =>
  (answer, { requestId, community }) => {
    const list = tlv(TAG.sequence, ...change(variablesOf(answer)));
    const pdu = tlv(TAG.response, integer(requestId), integer(0), integer(0), list);
    return tlv(TAG.sequence, integer(1), tlv(TAG.octetString, Buffer.from(community)), pdu);
  };

/** The same name again and again, as agents do whose table goes in circles. */
const circles = withVariables((variables) => variables.map(() => variables[0]!));

describe('a table that the agent fails over', () => {
  it.each([
    ['genErr', says(GEN_ERR), /genErr/],
    ['noSuchName', says(NO_SUCH_NAME), /noSuchName/],
    ['names that go in circles', circles, /must grow/],
  ])('in discovery costs that table alone: %s in the PFC table', async (_, fault, reason) => {
    const { agent, recorder } = await leafWith(fault, [CISCO_PFC]);
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 1);
      await recorder.until(() => recorder.links.some(({ links }) => links.length > 0));
    });
    const frame = recorder.frames.at(-1)!;
    expect(counterOf(frame, 'rxBytes', 'Ethernet1/1')).toBe(1000n);
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet1/1', 3)).toBeUndefined();
    expect(recorder.healths.at(-1)!.missing).toContain('rxPauseFramesPerSec');
    expect(recorder.healths.at(-1)!.refused.join()).toMatch(/cpfcIfPriorityTable: .*/);
    expect(recorder.healths.at(-1)!.refused.join()).toMatch(reason);
  });

  it.each([
    ['neighbours', [LLDP]],
    ['aggregation groups', ['1.2.840.10006.300.43', '1.3.6.1.2.1.31.1.2']],
  ])('in discovery costs the %s alone', async (name, subtrees) => {
    const { agent, recorder } = await leafWith(says(GEN_ERR), subtrees);
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 1);
      await recorder.until(() => recorder.healths.some(({ ports }) => ports === 2));
    });
    expect(counterOf(recorder.frames.at(-1)!, 'rxPauseFrames', 'Ethernet1/1', 3)).toBe(5n);
    expect(recorder.healths.at(-1)!.refused.join()).toMatch(new RegExp(`${name}: the agent answered genErr`));
  });

  it('that was read before stays as it was: a neighbour is not lost to one bad answer', async () => {
    const { agent, recorder } = await leafWith((answer) => answer, []);
    await running(createSource(recorder, agent.address, { discovery: '60ms' }), async () => {
      await recorder.until(() => recorder.links.some(({ links }) => links.length > 0));
      const walked = (): number =>
        agent.requests.filter(({ oids }) => oids.some((oid) => oid.join('.') === `${LLDP}.4.1.1.4`)).length;
      const before = walked();
      agent.behaviour.spoil = (answer, request) =>
        request.oids.some((oid) =>
          /^1\.0\.8802\.1\.1\.2\.1\.4|^1\.3\.6\.1\.4\.1\.9\.9\.813\.1\.2\.1\.2$/.test(oid.join('.')),
        )
          ? says(GEN_ERR)(answer, request)
          : answer;
      await recorder.until(() => walked() > before + 2);
      const from = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > from + 2);
    });
    expect(recorder.links.at(-1)!.links).toHaveLength(1);
    expect(counterOf(recorder.frames.at(-1)!, 'rxBytes', 'Ethernet1/1')).toBe(1000n);
    expect(new Set(recorder.frames.map(({ bootId }) => bootId))).toEqual(new Set(['7']));
  });

  it('is told by a check, which passes', async () => {
    const { agent, recorder } = await leafWith(says(GEN_ERR), [CISCO_PFC]);
    const result = await createSource(recorder, agent.address).probe(new AbortController().signal);
    expect(result).toMatchObject({ ok: true, ports: 2 });
    expect(result.message).toContain('cpfcIfPriorityTable: the agent answered genErr');
    expect(result.cannotShow).toContain('rxPauseFramesPerSec');
  });

  it('while it is polled costs its counters alone, and they come back', async () => {
    const { agent, recorder } = await leafWith((answer) => answer, [CISCO_PFC]);
    const { spoil } = agent.behaviour;
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 1);
      for (const fault of [says(GEN_ERR), circles, withVariables(() => [])]) {
        const from = recorder.frames.length;
        agent.behaviour.spoil = (answer, request) =>
          request.oids.some((oid) => oid.join('.').startsWith(CISCO_PFC)) ? fault(answer, request) : answer;
        await recorder.until(() =>
          recorder.frames
            .slice(from)
            .some((frame) => counterOf(frame, 'rxPauseFrames', 'Ethernet1/1', 3) === undefined),
        );
        expect(counterOf(recorder.frames.at(-1)!, 'rxBytes', 'Ethernet1/1')).toBe(1000n);
        agent.behaviour.spoil = spoil;
        await recorder.until(() => counterOf(recorder.frames.at(-1)!, 'rxPauseFrames', 'Ethernet1/1', 3) === 5n);
      }
    });
    expect(recorder.healths.some(({ state }) => state === 'down')).toBe(false);
  });

  it('of optics costs the optics alone', async () => {
    const { agent, recorder } = await leafWith(says(GEN_ERR), [CISCO_SENSORS]);
    await running(createSource(recorder, agent.address, { optics: '50ms', discovery: '50ms' }), async () => {
      const path = () => recorder.healths.at(-1)?.paths.find((one) => one.path.startsWith('optics'));
      await recorder.until(() => recorder.frames.length > 3);
      // Health is told every 10 s while nothing changes: a port that comes is a change.
      agent.load([...leaf(), ...interfaces([{ ifIndex: 5, name: 'Ethernet1/5' }])]);
      await recorder.until(() => recorder.healths.at(-1)?.ports === 3);
      expect(path()!.lastError!.message).toContain('genErr');
      expect(recorder.healths.every(({ state }) => state === 'ok' || state === 'starting')).toBe(true);
      agent.behaviour.spoil = (answer) => answer;
      await recorder.until(() =>
        recorder.frames.some((frame) => gaugeOf(frame, 'rxPowerDbm', 'Ethernet1/1') !== undefined),
      );
    });
    expect(gaugeOf(recorder.frames.findLast((frame) => frame.gauges.length > 0)!, 'rxPowerDbm', 'Ethernet1/1')).toBe(
      -1.21,
    );
  });

  it('that is not named in the answer is not read as zero: fewer columns, duplicates and ends in the middle', async () => {
    const { agent, recorder } = await leafWith((answer) => answer, [CISCO_PFC]);
    const whole = (): boolean =>
      [1, 2].every((port) =>
        [2, 5, 7].every((p) => counterOf(recorder.frames.at(-1)!, 'rxPauseFrames', `Ethernet1/${port}`, p) === 5n),
      );
    await running(createSource(recorder, agent.address), async () => {
      await recorder.until(() => recorder.frames.length > 1);
      // An odd number of variables: the second column is a row behind the first.
      agent.behaviour.spoil = (answer, request) =>
        request.oids.length === 2 ? withVariables((all) => all.slice(0, 5))(answer, request) : answer;
      const from = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > from + 2);
      expect(whole()).toBe(true);
      // The agent says that its view ends at the fourth variable, and goes on.
      const end = (variable: Buffer): Buffer => {
        const reader = new BerReader(variable);
        reader.header();
        const start = reader.at;
        reader.header();
        return tlv(TAG.sequence, variable.subarray(start, reader.at + reader.length), tlv(TAG.endOfMibView));
      };
      agent.behaviour.spoil = (answer, request) =>
        request.oids.length === 2
          ? withVariables((all) => all.map((one, i) => (i === 3 ? end(one) : one)))(answer, request)
          : answer;
      const before = recorder.frames.length;
      await recorder.until(() => recorder.frames.length > before + 2);
    });
    const frame = recorder.frames.at(-1)!;
    // Column 3 ended at its second row: what was read before stands, the rest is missing.
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet1/1', 0)).toBe(5n);
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet1/1', 1)).toBeUndefined();
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet1/2', 7)).toBeUndefined();
    expect(counterOf(frame, 'rxPauseFrames', 'Ethernet1/1')).toBeUndefined();
    expect(counterOf(frame, 'txPauseFrames', 'Ethernet1/2', 7)).toBe(5n);
  });
});
