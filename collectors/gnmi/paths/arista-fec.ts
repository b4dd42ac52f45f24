import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { perBin, yangReader } from './yang.ts';

const FEC = 'interfaces/interface/ethernet/phys/phy/ingress/fec';

/**
 * Line code of Arista EOS, which does not fill OpenConfig's own leaves for it: codewords beyond repair, and the error ratio
 * before repair (eight bytes of a double), codewords by the most symbols that were wrong in them. A port may have several
 * line chips: their codewords add up.
 * @source arista-l1-open-config-phy-model 1.0.0, EOS 4.36.1F
 */
export const aristaFec: PathSet = {
  name: 'arista-fec',
  target: '',
  origin: 'openconfig',
  paths: [{ path: '/interfaces/interface[name=*]/ethernet/phys/phy[index=*]/ingress/fec', mode: 'sample' }],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name === 'arista-intf-augments'),
  ...yangReader(
    {
      [`${FEC}/state/uncorrected-codewords`]: (keyOf) =>
        counter('uncorrectableCodewords', { part: keyOf('phy', 'index') ?? '' }),
      [`${FEC}/state/pre-fec-ber`]: { kind: 'gauge', gauge: 'preFecBer', priority: -1 },
      [`${FEC}/error-distribution/bins/bin/state/codewords`]: perBin('bin', 'corrected-symbols-max', (keyOf) =>
        keyOf('phy', 'index'),
      ),
    },
    { name: 'interface', key: 'name' },
  ),
};
