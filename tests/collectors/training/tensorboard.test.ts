import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trainingConfigSchema } from '../../../collectors/training/config.ts';
import { EventRecords, maskedCrc } from '../../../collectors/training/event-records.ts';
import { LogFile, type LogFileState } from '../../../collectors/training/log-file.ts';
import { encodeProto } from '../../../lib/protobuf/writer.ts';

const T0 = Date.UTC(2026, 10, 22, 16, 0, 0) / 1000;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'events-'));
  path = join(directory, 'events.out.tfevents.1795363805.gpu01.4242.0');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const number = (field: number, wire: 1 | 5, value: number): Buffer => {
  const bytes = Buffer.alloc(wire === 1 ? 9 : 5);
  bytes[0] = field * 8 + wire;
  if (wire === 1) bytes.writeDoubleLE(value, 1);
  else bytes.writeFloatLE(value, 1);
  return bytes;
};
const record = (event: Buffer): Buffer => {
  const length = Buffer.alloc(12);
  length.writeBigUInt64LE(BigInt(event.length));
  length.writeUInt32LE(maskedCrc(length.subarray(0, 8)), 8);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskedCrc(event));
  return Buffer.concat([length, event, footer]);
};
const simple = (tag: string, value: number): Buffer => Buffer.concat([encodeProto([[1, tag]]), number(2, 5, value)]);
const tensor = (tag: string, value: number): Buffer => {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return encodeProto([
    [1, tag],
    [
      8,
      encodeProto([
        [1, 1n],
        [4, content],
      ]),
    ],
  ]);
};
const event = (step: number, wallSeconds: number, ...values: Buffer[]): Buffer =>
  record(
    Buffer.concat([
      number(1, 1, T0 + wallSeconds),
      encodeProto([[2, BigInt(step)], ...values.map((value) => [5, encodeProto([[1, value]])] as const)]),
    ]),
  );
const version = record(Buffer.concat([number(1, 1, T0), encodeProto([[3, 'brain.Event:2']])]));
const open = (state?: LogFileState, over: object = {}) =>
  new LogFile(path, trainingConfigSchema.parse({ file: path, job: 'llm', ...over }), state);
const told = (file: LogFile) =>
  file
    .look()
    ?.records.map(({ step, startMs, endMs, averagedOver }) => [
      step,
      Math.round(endMs - startMs),
      averagedOver ?? 1,
      Math.round(endMs - T0 * 1000),
    ]);

describe('TensorBoard event files', () => {
  it('have the checksum everybody else computes', () => {
    const crc = 0xe3069283; // CRC-32C of "123456789"
    expect(maskedCrc(Buffer.from('123456789'))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  });

  it('give the step times that are logged, as means over the steps between', () => {
    const at = (step: number) =>
      event(step, step * 2, simple('lm loss', 2.5)).toString('latin1') +
      event(step, step * 2, simple('iteration-time', 1.5)).toString('latin1');
    writeFileSync(path, Buffer.concat([version, Buffer.from([10, 20, 30].map(at).join(''), 'latin1')]));
    const file = open();
    expect(told(file)).toEqual([
      [10, 1500, 10, 20_000],
      [20, 1500, 10, 40_000],
      [30, 1500, 10, 60_000],
    ]);
    expect(file.formatName).toBe('tensorboard');
  });

  it('without any give the distance of losses in time', () => {
    const at = (step: number) => [
      event(step, step * 2, simple('train/loss', 2.5), simple('train/grad_norm', 1)),
      event(step, step * 2 + 0.5, simple('train/aux_loss', 2.5)),
      event(step, step * 2 + 1, simple('eval/loss', 2.5)),
    ];
    writeFileSync(path, Buffer.concat([version, ...[100, 101, 103].flatMap(at)]));
    expect(told(open())).toEqual([
      [101, 2000, 1, 202_000],
      [103, 2000, 2, 206_000],
    ]);
  });

  it('read scalars of TensorFlow 2, and go on at the same record after a restart', () => {
    const bytes = Buffer.concat([1, 2, 3].map((step) => event(step, step, tensor('train_step_timing in s', 0.5))));
    writeFileSync(path, bytes.subarray(0, bytes.length - 20));
    const file = open();
    expect(told(file)).toEqual([
      [1, 500, 1, 1000],
      [2, 500, 1, 2000],
    ]);
    const state = JSON.parse(JSON.stringify(file.state([]))) as LogFileState;
    appendFileSync(path, bytes.subarray(bytes.length - 20));
    expect(told(open(state))).toEqual([[3, 500, 1, 3000]]);
  });

  it('pass over pictures without keeping them, also over a restart in the middle of one', () => {
    const picture = record(Buffer.concat([number(1, 1, T0), encodeProto([[5, Buffer.alloc(700_000, 1)]])]));
    const records = new EventRecords();
    const all = Buffer.concat([event(1, 1, simple('loss', 1)), picture, event(2, 2, simple('loss', 1))]);
    const cut = 400_000;
    expect(records.pushNumbered(all.subarray(0, cut)).length).toBe(1);
    expect(cut - records.pendingBytes).toBe(all.indexOf(picture));
    expect(records.pushNumbered(all.subarray(cut)).map(({ number: at }) => at)).toEqual([3]);
    const again = new EventRecords();
    expect(again.pushNumbered(all.subarray(cut - (cut - all.indexOf(picture)))).length).toBe(1);
  });

  it('are left where a record is damaged, and say where', () => {
    const good = [1, 2, 3].map((step) => event(step, step, simple('iteration-time', 0.5)));
    const bad = Buffer.from(event(4, 4, simple('iteration-time', 0.5)));
    bad[20] = (bad[20] ?? 0) ^ 1;
    writeFileSync(path, Buffer.concat([...good, bad, event(5, 5, simple('iteration-time', 0.5))]));
    const look = open().look();
    expect(look?.records.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(look?.problems).toEqual([`${path}:4: the record is damaged; the rest of the file is not read`]);
  });

  it('that are none say so', () => {
    writeFileSync(path, 'iteration 1/ 9 | elapsed time per iteration (ms): 10.0 | \n'.repeat(100));
    expect(open().look()?.problems).toEqual([
      `${path}:0: the length of the record is damaged; the rest of the file is not read`,
    ]);
  });

  it('survive any damage', () => {
    const good = Buffer.concat([version, event(1, 1, simple('loss', 1)), event(2, 2, tensor('loss', 1))]);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x55;
      const records = new EventRecords();
      for (let from = 0; from < bad.length; from += 7) records.pushNumbered(bad.subarray(from, from + 7));
      expect(records.pendingBytes).toBeLessThan(good.length + 1);
    }
  });
});
