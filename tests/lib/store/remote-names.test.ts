import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOfTag, tagOfName } from '../../../lib/store/remote-names.ts';

describe('names as tags of a remote database', () => {
  it.each([
    ['Ethernet1/7', 'Ethernet1/7'],
    ['端口 1', '端口 1'],
    ['a\\', 'a%5c'],
    ['100%25', '100%2525'],
    ['two\nlines', 'two%0alines'],
    ['', '%'],
  ])('%j is %j', (name, tag) => {
    expect(tagOfName(name)).toBe(tag);
  });

  it('come back as they were, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        expect(nameOfTag(tagOfName(name))).toBe(name);
      }),
      { seed: 1 },
    );
  });
});
