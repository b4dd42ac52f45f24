import { describe, expect, it } from 'vitest';
import type { TargetHealth } from '../../../lib/events/events.ts';
import { TargetBoard } from '../../../lib/queries/target-board.ts';

const T0 = Date.UTC(2026, 10, 22, 17, 0, 0);

function health(over: Partial<TargetHealth> = {}): TargetHealth {
  return {
    target: 'leaf1',
    device: 'leaf1',
    collector: 'snmp',
    address: '10.0.0.1:161',
    state: 'ok',
    lastSuccessMs: T0,
    lastError: null,
    polls: 10,
    failures: 0,
    ports: 2,
    clockOffsetMs: null,
    paths: [{ path: 'counters', requestedIntervalMs: 1000, achievedIntervalMs: 1000, staircaseMs: null }],
    missing: [],
    refused: [],
    shortestStormMs: 2000,
    collectedBy: 'c1',
    atMs: T0,
    ...over,
  };
}

const only = (board: TargetBoard, nowMs = T0) => board.all(nowMs)[0];

describe('TargetBoard', () => {
  it('keeps the newest word of a target', () => {
    const board = new TargetBoard();
    expect(board.set(health({ polls: 2 }))?.polls).toBe(2);
    expect(board.set(health({ polls: 1, atMs: T0 - 1 }))).toBeUndefined();
    expect(only(board)?.polls).toBe(2);
    expect(board.newestWordMs()).toBe(T0);
  });

  it('does not take tries for answers: who never answered has achieved nothing', () => {
    const board = new TargetBoard();
    board.set(health({ state: 'down', lastSuccessMs: null, failures: 10 }));
    expect(only(board)?.paths[0]).toMatchObject({ requestedIntervalMs: 1000, achievedIntervalMs: null });
    expect(only(board)?.shortestStormMs).toBeNull();
  });

  it('sees no storm shorter than two refreshes of a staircase device', () => {
    const board = new TargetBoard();
    const path = { path: 'counters', requestedIntervalMs: 1000, achievedIntervalMs: 1000, staircaseMs: 5000 };
    board.set(health({ paths: [path] }));
    expect(only(board)?.shortestStormMs).toBe(10_000);
  });

  it('shows what is asked of a target before its collector or its device has spoken', () => {
    const board = new TargetBoard();
    board.configure([{ name: 'srl1', collector: 'gnmi', address: '10.0.0.9:57400', intervalMs: 5000 }]);
    const asked = { requestedIntervalMs: 5000, achievedIntervalMs: null };
    expect(only(board)).toMatchObject({ target: 'srl1', state: 'starting', paths: [asked] });
    board.set(health({ target: 'srl1', device: 'srl1', state: 'down', lastSuccessMs: null, paths: [] }));
    expect(only(board)).toMatchObject({ target: 'srl1', state: 'down', paths: [asked] });
  });

  it('calls a target down when its collector has said nothing for a minute and three of its intervals', () => {
    const board = new TargetBoard();
    board.set(health());
    expect(only(board, T0 + 60_000)?.state).toBe('ok');
    expect(only(board, T0 + 60_001)).toMatchObject({ state: 'down' });
    expect(only(board, T0 + 90_000)?.lastError?.message).toBe('no word from its collector (c1) for 1m30s');
  });

  it('forgets a silent target that left the configuration', () => {
    const board = new TargetBoard();
    board.set(health());
    board.configure([{ name: 'leaf2', collector: 'snmp', address: '', intervalMs: 1000 }]);
    expect(board.all(T0).map(({ target }) => target)).toEqual(['leaf1', 'leaf2']);
    expect(board.all(T0 + 61_000).map(({ target }) => target)).toEqual(['leaf2']);
  });
});
