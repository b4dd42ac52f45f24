import { describe, expect, it } from 'vitest';
import { runReplay } from '../../../cli/replay.ts';
import { type ReplayDocument, readRecording, replay, replayDocument } from '../../../lib/replay/index.ts';
import type { ReplayOptions } from '../../../lib/replay/replay.ts';
import { FABRIC, type FolderParts, HEADER, rows, steps, withFolder } from './folder.ts';

function documentOf(parts: FolderParts, options: ReplayOptions = {}): Promise<ReplayDocument> {
  return withFolder(parts, async (directory) => replayDocument(replay(await readRecording(directory), options)));
}

async function failure(parts: FolderParts): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await withFolder(parts, (directory) =>
    runReplay({ directory, json: true, write: () => {}, warn: (text) => lines.push(text) }),
  );
  return { code, lines };
}

describe('a recorded storm', () => {
  it('is one incident at its NIC with what it cost, and every step appears once', async () => {
    const document = await documentOf({});
    expect(document.incidents).toHaveLength(1);
    expect(document.incidents[0]).toMatchObject({
      kind: 'pause-storm',
      rootDevice: 'h1',
      rootPort: '1',
      startMs: 20_000,
      endMs: 30_000,
      detectedMs: 21_000,
      severity: 'critical',
    });
    const ids = document.steps.map((step) => step.step);
    expect(new Set(ids).size).toBe(ids.length);
    const slow = document.steps.filter((step) => step.slow);
    expect(slow.length).toBeGreaterThanOrEqual(3);
    for (const step of slow) {
      expect(step.verdict).toBe('network');
      expect(step.causes[0]).toMatchObject({ kind: 'pause-storm', incident: document.incidents[0]?.id });
    }
    for (const step of document.steps) {
      const total = step.causes.reduce((sum, cause) => sum + cause.seconds, 0);
      expect(total).toBeLessThanOrEqual(Math.max(0, step.durationSeconds - step.baselineSeconds) + 1e-3);
    }
    expect(document.jobs[0]?.lostToNetworkSeconds).toBeGreaterThan(2);
  });

  it.each([2000, 5000, 10_000])('is found by a poller of %i ms', async (pollMs) => {
    const document = await documentOf({}, { pollMs, phaseMs: 700 });
    expect(document.incidents.map((incident) => incident.rootDevice)).toEqual(['h1']);
  });

  it('comes out the same when everything restarts after every poll', async () => {
    expect(await documentOf({}, { restartEveryPoll: true })).toEqual(await documentOf({}));
  });
});

describe('odd recordings', () => {
  it('unsorted and repeated rows give the same answer', async () => {
    const shuffled = rows().map((row, index) => ({ row, key: (index * 7919) % 241 }));
    shuffled.sort((a, b) => a.key - b.key);
    const counters = [HEADER, ...shuffled.map(({ row }) => row), ...rows().slice(40, 80)].join('\n');
    expect(await documentOf({ counters })).toEqual(await documentOf({}));
  });

  it('columns in another order, quotes and carriage returns too', async () => {
    const swap = (line: string): string => {
      const [time, device, port, ...rest] = line.split(',');
      return [...rest, `"${port}"`, time, device].join(',');
    };
    const counters = [HEADER, ...rows()].map(swap).join('\r\n').replaceAll('"port"', 'port');
    expect(await documentOf({ counters })).toEqual(await documentOf({}));
  });

  it('works with what is there: no traffic columns, empty cells, an unknown device', async () => {
    const lines = rows().map((row) => {
      const [time, device, port, , , , , rx, tx] = row.split(',');
      return [time, device, port, device === 'h0' ? '' : rx, tx].join(',');
    });
    const counters = [
      't_ms,device,port,rx_pause_us,tx_pause_us',
      ...lines,
      '1000,ghost,9,5,5',
      '2000,ghost,9,6,6',
    ].join('\n');
    const document = await documentOf({ counters });
    expect(document.incidents.map((incident) => incident.rootDevice)).toEqual(['h1']);
    await withFolder({ counters }, async (directory) => {
      const { notes } = await readRecording(directory);
      expect(notes.join('\n')).toContain('ghost');
      expect(notes.join('\n')).toContain('tx_bytes');
    });
  });

  it('a topology with an unknown peer and a port linked to itself', async () => {
    const fabric = structuredClone(FABRIC) as { ports: unknown[] };
    fabric.ports.push({ device: 'leaf', port: '7', peerDevice: 'nowhere', peerPort: '1' });
    fabric.ports.push({ device: 'leaf', port: '8', peerDevice: 'leaf', peerPort: '8' });
    const document = await documentOf({ fabric });
    expect(document.incidents).toHaveLength(1);
  });

  it('steps without ranks, and none at all', async () => {
    const whole = steps()
      .split('\n')
      .filter((line) => !/^j,\d+,1,/.test(line))
      .map((line) =>
        line
          .split(',')
          .filter((_, cell) => cell !== 2 && cell !== 5)
          .join(','),
      )
      .join('\n');
    const document = await documentOf({ steps: whole });
    expect(document.steps.filter((step) => step.verdict === 'network').length).toBeGreaterThanOrEqual(3);
    expect((await documentOf({ steps: null })).incidents).toHaveLength(1);
  });
});

describe('malformed recordings end with one line that names file and row', () => {
  const broken = (row: number, text: string): string => {
    const lines = [HEADER, ...rows()];
    lines[row - 1] = text;
    return lines.join('\n');
  };
  it.each<[string, FolderParts, RegExp]>([
    ['text for a number', { counters: broken(7, '1000,leaf,2,abc,0,0,0,0,0,0') }, /counters\.csv\.gz: row 7: .*abc/],
    ['a negative counter', { counters: broken(9, '1000,leaf,2,-5,0,0,0,0,0,0') }, /row 9/],
    ['a cell too many', { counters: broken(12, '1000,leaf,2,0,0,0,0,0,0,0,0') }, /row 12: has more/],
    ['a cell too few', { counters: broken(12, '1000,leaf,2,0,0') }, /row 12: has 5 cells/],
    ['no device', { counters: broken(5, '1000,,2,0,0,0,0,0,0,0') }, /row 5: has no device/],
    ['no time', { counters: broken(5, ',leaf,2,0,0,0,0,0,0,0') }, /row 5: t_ms/],
    ['no port column', { counters: HEADER.replace('port,', '') }, /row 1: there is no column "port"/],
    ['broken JSON', { fabric: '{"format": "stallscope-trace/1",\n "name": }' }, /fabric\.json: row 2/],
    ['another format', { fabric: { ...FABRIC, format: 'other' } }, /fabric\.json: format/],
    [
      'a step that ends before it starts',
      { steps: 'job,step,rank,start_ms,end_ms,compute_end_ms\nj,0,0,0,5,\nj,1,0,9,5,\n' },
      /steps\.csv: row 3/,
    ],
    [
      'a step without a number',
      { steps: 'job,step,rank,start_ms,end_ms,compute_end_ms\nj,x,0,0,5,\n' },
      /steps\.csv: row 2: step/,
    ],
  ])('%s', async (_name, parts, expected) => {
    const { code, lines } = await failure(parts);
    expect(code).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(expected);
    expect(lines[0]).not.toContain('\n');
  });

  it('a folder that is not there, and a poll that is no duration', async () => {
    const lines: string[] = [];
    const warn = (text: string): void => void lines.push(text);
    expect(await runReplay({ directory: '/nowhere', warn })).toBe(2);
    expect(await runReplay({ directory: '/nowhere', poll: 'often', warn })).toBe(2);
    expect(lines[0]).toContain('fabric.json');
    expect(lines[1]).toContain('--poll');
  });
});
