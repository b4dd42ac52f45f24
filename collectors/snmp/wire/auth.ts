import type { AuthProfile } from '../../../lib/config/auths.ts';
import { CollectorError } from '../../../lib/errors.ts';
import { CommunitySecurity } from './community.ts';
import type { Security } from './security.ts';

/** The security of an auth profile. */
export function securityFor(auth: AuthProfile): Security {
  if (auth.version === '2c') return new CommunitySecurity(auth.community);
  throw new CollectorError('unsupported', 'SNMPv3 is not there yet');
}
