import { expect, it } from 'vitest';
import { table } from '../../cli/output.ts';

it('aligns columns and leaves no blanks at the ends of lines', () => {
  expect(
    table(
      ['KIND', 'PORT'],
      [
        ['incast', 'leaf1/Ethernet1'],
        ['pause-storm', ''],
      ],
    ),
  ).toBe(['KIND         PORT', 'incast       leaf1/Ethernet1', 'pause-storm'].join('\n'));
});
