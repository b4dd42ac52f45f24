import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { yangReader } from './yang.ts';

const FEC = 'interfaces/interface/ethernet/phys/phy/ingress/fec/state';

/**
 * Line code of Arista EOS, which does not fill OpenConfig's own leaves for it: codewords beyond repair, and the error ratio
 * before repair (eight bytes of a double). A port may have several line chips: their codewords add up.
 * @source Arista augment of openconfig-if-ethernet, EOS 4.36.1F
 */
export const aristaFec: PathSet = {
  name: 'arista-fec',
  target: '',
  origin: 'openconfig',
  paths: [{ path: '/interfaces/interface[name=*]/ethernet/phys/phy[index=*]/ingress/fec/state', mode: 'sample' }],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name === 'arista-intf-augments'),
  ...yangReader(
    {
      [`${FEC}/uncorrected-codewords`]: (keyOf) =>
        counter('uncorrectableCodewords', { part: keyOf('phy', 'index') ?? '' }),
      [`${FEC}/pre-fec-ber`]: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
    },
    { name: 'interface', key: 'name' },
  ),
};
