import { describe, expect, it } from 'vitest';
import { AnswerBudget } from '../../../../collectors/snmp/plan/budget.ts';

describe('the size of answers asked for', () => {
  it('starts with one frame and doubles with every good poll up to the limit', () => {
    const budget = new AnswerBudget(8192, 50);
    const sizes = [0, 1, 2, 3, 4].map((poll) => {
      const size = budget.answerBytes;
      budget.pollDone(poll);
      return size;
    });
    expect(sizes).toEqual([1400, 2800, 5600, 8192, 8192]);
  });

  it('halves after a loss and stays there for an hour, the next time for two', () => {
    const budget = new AnswerBudget(8192, 50);
    for (let poll = 0; poll < 3; poll++) budget.pollDone(poll);
    expect(budget.shrink(1000)).toBe(true);
    budget.pollDone(2000);
    expect(budget.answerBytes).toBe(4096);
    budget.pollDone(3_602_000);
    expect(budget.answerBytes).toBe(8192);
    budget.shrink(3_603_000);
    budget.pollDone(3_603_000 + 3_700_000);
    expect(budget.answerBytes).toBe(4096);
  });

  it.each([12, 16, 24])('never passes the frame, however large the values, with names of %i octets', (nameBytes) => {
    const budget = new AnswerBudget(8192, 127);
    for (const columns of [1, 2, 7, 12]) {
      const bytes = budget.rowsFor(columns, nameBytes) * columns * (2 + 2 + nameBytes + 2 + 9);
      expect(bytes).toBeLessThanOrEqual(1400 - 60);
      expect(bytes).toBeGreaterThan(900);
    }
  });

  it('never asks for more rows than configured, nor for less than one', () => {
    const budget = new AnswerBudget(60_000, 10);
    for (let poll = 0; poll < 10; poll++) budget.pollDone(poll);
    expect(budget.rowsFor(1, 15)).toBe(10);
    expect(budget.rowsFor(10_000, 15)).toBe(1);
  });

  it('learns how large a variable of this device is, and where its agent cuts', () => {
    const budget = new AnswerBudget(8192, 127);
    for (let poll = 0; poll < 3; poll++) budget.pollDone(poll);
    const before = budget.rowsFor(10, 16);
    for (let answer = 0; answer < 50; answer++) budget.answered(2300, 100, 16, false, 0);
    expect(budget.rowsFor(10, 16)).toBeGreaterThan(before);
    budget.answered(1472, 26, 16, true, 0);
    expect(budget.answerBytes).toBe(1472);
  });
});
