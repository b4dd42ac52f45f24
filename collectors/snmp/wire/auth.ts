import type { AuthProfile } from '../../../lib/config/auths.ts';
import { CommunitySecurity } from './community.ts';
import type { Security } from './security.ts';
import { UserSecurity } from './user.ts';

/** The security of an auth profile. */
export function securityFor(auth: AuthProfile): Security {
  return auth.version === '2c' ? new CommunitySecurity(auth.community) : new UserSecurity(auth);
}
