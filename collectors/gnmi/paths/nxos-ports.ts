import type { PathSet } from './types.ts';
import { counter } from './types.ts';
import { yangReader } from './yang.ts';

const PORT = 'System/intf-items/phys-items/PhysIf-list';
const asked = (name: string) =>
  ({ path: `/System/intf-items/phys-items/PhysIf-list[id=*]/${name}`, mode: 'sample' }) as const;

/**
 * Ports of Cisco NX-OS by its own model, where OpenConfig is not switched on: bytes, packets by kind, drops, broken
 * packets, whole-port pause frames, state and speed.
 * @source Cisco-NX-OS-device 10.3(10): rmonIfHCIn, rmonIfIn, rmonDot3Stats, ethpmPhysIf
 */
export const nxosPorts: PathSet = {
  name: 'nxos-ports',
  target: '',
  origin: 'device',
  paths: [
    asked('dbgIfHCIn-items'),
    asked('dbgIfHCOut-items'),
    asked('dbgIfIn-items'),
    asked('dbgIfOut-items'),
    asked('dbgDot3Stats-items'),
    asked('phys-items'),
  ],
  encodings: ['JSON', 'PROTO'],
  suits: (models) =>
    models.some(({ name }) => name.startsWith('Cisco-NX-OS-device')) &&
    !models.some(({ name }) => name === 'openconfig-interfaces'),
  ...yangReader(
    {
      [`${PORT}/dbgIfHCIn-items/octets`]: counter('rxBytes'),
      [`${PORT}/dbgIfHCIn-items/ucastPkts`]: counter('rxPackets', { part: 'unicast' }),
      [`${PORT}/dbgIfHCIn-items/multicastPkts`]: counter('rxPackets', { part: 'multicast' }),
      [`${PORT}/dbgIfHCIn-items/broadcastPkts`]: counter('rxPackets', { part: 'broadcast' }),
      [`${PORT}/dbgIfHCOut-items/octets`]: counter('txBytes'),
      [`${PORT}/dbgIfHCOut-items/ucastPkts`]: counter('txPackets', { part: 'unicast' }),
      [`${PORT}/dbgIfHCOut-items/multicastPkts`]: counter('txPackets', { part: 'multicast' }),
      [`${PORT}/dbgIfHCOut-items/broadcastPkts`]: counter('txPackets', { part: 'broadcast' }),
      [`${PORT}/dbgIfIn-items/discards`]: counter('drops', { part: 'in' }),
      [`${PORT}/dbgIfOut-items/discards`]: counter('drops', { part: 'out' }),
      [`${PORT}/dbgIfIn-items/errors`]: counter('rxErrors'),
      [`${PORT}/dbgDot3Stats-items/inPauseFrames`]: counter('rxPauseFrames'),
      [`${PORT}/dbgDot3Stats-items/outPauseFrames`]: counter('txPauseFrames'),
      [`${PORT}/dbgDot3Stats-items/symbolErrors`]: counter('symbolErrors'),
      [`${PORT}/phys-items/operSt`]: { kind: 'state', state: 'operStatus' },
      [`${PORT}/phys-items/operSpeed`]: { kind: 'state', state: 'speedName' },
    },
    { name: 'PhysIf-list', key: 'id' },
  ),
};
