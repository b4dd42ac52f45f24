import type { OpticGauge, PathSet, Quantity } from './types.ts';
import { joined, type Rule, yangReader } from './yang.ts';

const MODULE = 'components/component/transceiver';
const CHANNEL = `${MODULE}/physical-channels/channel/state`;

/** Of modules that do not tell lane by lane. */
const modulePower: Quantity = { kind: 'optic', gauge: 'rxPowerDbm', lane: '' };
const temperature: Quantity = { kind: 'optic', gauge: 'temperatureC', lane: '' };
const lane =
  (gauge: OpticGauge): Rule =>
  (keyOf) => ({ kind: 'optic', gauge, lane: keyOf('channel', 'index') ?? '' });

/**
 * Received power of each lane in dBm, signal to noise in dB, and the temperature of the module. Transceivers go by the name of a component, which
 * the port tells; where it does not, only a component named like the port is taken for its own. Of a module that several
 * ports share, each has the channels that it names.
 * @source openconfig-platform-transceiver 1.0.0, openconfig-platform 0.32.0, openconfig-interfaces 3.8.1
 */
export const openconfigOptics: PathSet = {
  name: 'openconfig-optics',
  target: '',
  origin: 'openconfig',
  rare: true,
  paths: [
    { path: '/components/component[name=*]/transceiver/physical-channels/channel[index=*]/state', mode: 'sample' },
    { path: '/components/component[name=*]/transceiver/state/input-power', mode: 'on-change' },
    { path: '/components/component[name=*]/state/temperature', mode: 'on-change' },
    { path: '/interfaces/interface[name=*]/state/transceiver', mode: 'on-change' },
    { path: '/interfaces/interface[name=*]/state/physical-channel', mode: 'on-change' },
  ],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name === 'openconfig-platform-transceiver'),
  ...joined(
    yangReader(
      {
        [`${CHANNEL}/input-power/instant`]: lane('rxPowerDbm'),
        [`${CHANNEL}/media-snr/instant`]: lane('rxSnrDb'),
        [`${MODULE}/state/input-power/instant`]: modulePower,
        'components/component/state/temperature/instant': temperature,
      },
      { name: 'component', key: 'name' },
    ),
    yangReader(
      {
        'interfaces/interface/state/transceiver': { kind: 'state', state: 'transceiver' },
        'interfaces/interface/state/physical-channel': { kind: 'state', state: 'lanes' },
      },
      { name: 'interface', key: 'name' },
    ),
  ),
};
