import type { ProbeResult } from '../../lib/collect/types.ts';
import type { SnmpConfig } from './config.ts';
import { discover, planOf } from './device-map.ts';
import { fieldsOf } from './fields.ts';
import { OpticsReader } from './optics.ts';
import { profileNamed } from './profiles/index.ts';
import type { SnmpSession } from './wire/session.ts';

/** What a device shows and cannot show, found out once. @throws CollectorError in the words of what failed */
export async function probeDevice(session: SnmpSession, config: SnmpConfig): Promise<ProbeResult> {
  const map = await discover(session, config);
  const plan = planOf(map, config.interval);
  const profile = profileNamed(map.profile);
  const optics = new OpticsReader(session, profile.optics, map.interfaces);
  await optics.read();
  const { shows, missing } = fieldsOf(plan, optics.gauges);
  const remarks = [...map.unread, ...plan.refused, ...profile.notes];
  const more = remarks.length > 0 ? ` (${remarks.join('; ')})` : '';
  return {
    ok: true,
    message: `${profile.title} "${map.head.sysName}" answers with ${plan.ports.length} ports${more}`,
    device: config.name,
    ports: plan.ports.length,
    shows,
    cannotShow: missing,
  };
}
