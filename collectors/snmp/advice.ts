import type { Clock } from '../../lib/clock.ts';
import { CollectorError } from '../../lib/errors.ts';
import { type SnmpConfig, splitAddress } from './config.ts';
import { engineAnswers } from './wire/engine-probe.ts';
import { RAISE_TIMEOUT } from './wire/session.ts';

/** How often a silent address is asked whether an SNMP engine is there at all, ms. */
const ENGINE_PROBE_MS = 300_000;

/** Explains a device's failures; for one that is silent it asks now and then whether an SNMP engine is there at all. */
export class Adviser {
  private engine: { answered: boolean; atMs: number } | null = null;

  constructor(
    private readonly config: SnmpConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * @param engineKnown whether a v3 engine was discovered that never answered a request in full: it does not
   * understand what we encrypt
   */
  async explain(error: CollectorError, engineKnown: boolean): Promise<string> {
    const { address, auth, timeout } = this.config;
    if (error.code !== 'timeout' || auth.version !== '2c' || error.message.includes(RAISE_TIMEOUT))
      return explainFailure(error, this.config, engineKnown);
    const nowMs = this.clock.now();
    if (this.engine === null || nowMs - this.engine.atMs > ENGINE_PROBE_MS) {
      const { host, port } = splitAddress(address);
      this.engine = { answered: await engineAnswers(host, port, timeout), atMs: nowMs };
    }
    return explainFailure(error, this.config, this.engine.answered);
  }
}

/** An error as the target's failure. Not of the device's making is a bug of ours, which must not stop other devices. */
export function asFailure(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  return new CollectorError('invariant', error instanceof Error ? error.message : String(error), { cause: error });
}

const OF_THE_DEVICE: readonly string[] = ['timeout', 'unreachable', 'cancelled', 'invariant'];

/** Whether a failure is of the device or of the way to it, so that no other table of it would be spared. */
export function isOfTheDevice({ code }: CollectorError): boolean {
  return OF_THE_DEVICE.includes(code);
}

/** Keys that are too short for AES-192 and AES-256 are lengthened in two ways, which no agent can tell apart. */
function otherLengthening({ auth }: SnmpConfig): string {
  if (auth.version !== 3 || auth.privProtocol === 'AES') return '';
  const other = auth.privProtocol.endsWith('C') ? auth.privProtocol.slice(0, -1) : `${auth.privProtocol}C`;
  return `; ${other} where the device lengthens keys in the other way`;
}

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
      if (message.includes(RAISE_TIMEOUT)) return `${address}: ${message} of the target`;
      if (config.auth.version !== '2c') {
        return engineAnswered === true
          ? `${address}: ${message}, though its SNMPv3 engine answers: correct privProtocol or privPassword of its auth profile${otherLengthening(config)}`
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
