import type { CollectorError } from '../../lib/errors.ts';
import type { SnmpConfig } from './config.ts';

/**
 * One sentence for the operator: what happened at which target, and what to do next. Never carries a community or
 * password: those are not in the error, and the auth profile goes by its name.
 * @param engineAnswered whether an SNMPv3 engine answered at the address; null = not tried
 */
export function explainFailure(error: CollectorError, config: SnmpConfig, engineAnswered: boolean | null): string {
  const { address } = config;
  const { message } = error;
  switch (error.code) {
    case 'timeout':
      if (config.auth.version !== '2c') {
        return engineAnswered === true
          ? `${address}: ${message}, though its SNMPv3 engine answers: correct privProtocol or privPassword of its auth profile`
          : `${address}: ${message}: the host is down, a firewall drops UDP, or SNMP is not enabled for this address`;
      }
      if (engineAnswered === true) {
        return `${address}: an SNMP agent is there but does not answer this community: correct the community of its auth profile, or permit it from this address on the device`;
      }
      return `${address}: ${message}: check that the host is up, that UDP passes, and that the community of its auth profile is permitted from this address`;
    case 'unreachable':
      return message.includes('connection refused')
        ? `${address}: ${message}: enable SNMP on the device or correct the port of its address`
        : message;
    case 'malformed':
      return message.includes('cut short')
        ? `${address}: ${message}: lower maxAnswerBytes of the target, or look for a box in between that cuts datagrams`
        : `${address}: ${message}: check that the address is the device's SNMP port; if it is, report this with the device's software version`;
    case 'unauthorized':
      return `${address}: ${message} (see its auth profile)`;
    default:
      return `${address}: ${message}`;
  }
}
