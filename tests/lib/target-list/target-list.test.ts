import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceOf, readTargetEntries } from '../../../lib/target-list/entries.ts';
import { TargetFile } from '../../../lib/target-list/target-file.ts';

describe('a list of targets', () => {
  it.each([
    ['json', '[{"targets": ["a:1", "b"], "labels": {"device": "x", "rack": 7}}, {"targets": ["c"]}]'],
    ['yaml', '- targets: ["a:1", b]\n  labels: {device: x, rack: 7}\n- targets:\n    - c\n'],
  ] as const)('is read from %s, each address with the labels of its group', (form, text) => {
    const labels = { device: 'x', rack: '7' };
    expect(readTargetEntries(text, 'list', form)).toEqual([
      { address: 'a:1', labels },
      { address: 'b', labels },
      { address: 'c', labels: {} },
    ]);
  });

  it.each([
    ['json', '[{"targets": [""]}]', /^list: 0\.targets\.0: /],
    ['json', '{', /^list: /],
    ['yaml', '- targets: [', /^list: /],
    ['yaml', 'a: &x [1]\nb: *x\n', /^list: /],
    ['yaml', '['.repeat(100), /more than 64 brackets/],
    ['yaml', `${'- '.repeat(100)}x`, /nested more than 64 deep/],
    ['json', JSON.stringify([{ targets: Array(10_001).fill('a') }]), /10001 targets, more than 10000/],
  ] as const)('that is wrong (%s %#) is one error that names the list', (form, text, message) => {
    expect(() => readTargetEntries(text, 'list', form)).toThrow(message);
  });

  it('names a device by its label, else the instance without its port, else the host', () => {
    expect(deviceOf({ device: 'leaf1', instance: 'x:1' }, 'host')).toBe('leaf1');
    expect(deviceOf({ device: '', instance: 'leaf1:9100' }, 'host')).toBe('leaf1');
    expect(deviceOf({}, 'host')).toBe('host');
  });
});

describe('a file of targets', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'target-file-'));
    path = join(directory, 'list.json');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const write = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };

  it('is read once, and again when it has changed', () => {
    const file = new TargetFile(path);
    write('[{"targets": ["a"]}]');
    expect(file.readIfChanged(({ address }) => address)).toEqual(['a']);
    expect(file.readIfChanged(({ address }) => address)).toBeNull();
    write('[{"targets": ["bc"]}]');
    expect(file.readIfChanged(({ address }) => address)).toEqual(['bc']);
  });

  it('that cannot be used is told every time, until it can', () => {
    const file = new TargetFile(path);
    const refuse = (): never => {
      throw new Error('no address');
    };
    expect(() => file.readIfChanged(refuse)).toThrow(/list\.json cannot be read \(ENOENT\)/);
    write('[{"targets": ["a"]}]');
    expect(() => file.readIfChanged(refuse)).toThrow();
    expect(() => file.readIfChanged(refuse)).toThrow();
    expect(file.readIfChanged(({ address }) => address)).toEqual(['a']);
  });

  it('that is larger than any list is not read', () => {
    path = join(directory, 'list.yaml');
    write(`# ${'x'.repeat(1024 * 1024)}\n`);
    expect(() => new TargetFile(path).readIfChanged(() => 0)).toThrow(
      /larger than 1048576 bytes: write it as a \.json file/,
    );
  });
});
