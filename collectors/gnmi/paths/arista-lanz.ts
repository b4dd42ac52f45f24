import type { CongestionField, PathSet, Quantity } from './types.ts';
import { yangReader } from './yang.ts';

const STATE = 'arista/lanz/congestion-record/state';
const record = (field: CongestionField): Quantity => ({ kind: 'congestion', field });

/**
 * LANZ of Arista EOS: queues that grew beyond their threshold between two samples, told when it happens. The record names
 * its port and traffic class itself. Only of the R series (7280R3, 7500R3, 7800R3).
 * @source arista-lanz-lanz-open-config 1.0.0
 */
export const aristaLanz: PathSet = {
  name: 'arista-lanz',
  target: '',
  origin: 'openconfig',
  paths: [{ path: '/arista/lanz/congestion-record/state', mode: 'on-change' }],
  encodings: ['PROTO', 'JSON_IETF', 'JSON'],
  suits: (models) => models.some(({ name }) => name.startsWith('arista-lanz')),
  ...yangReader(
    {
      [`${STATE}/interface-id`]: record('interface'),
      [`${STATE}/traffic-class`]: record('trafficClass'),
      [`${STATE}/queue-length`]: record('queueBytes'),
    },
    null,
  ),
};
