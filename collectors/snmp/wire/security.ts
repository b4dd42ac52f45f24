import type { CollectorError } from '../../../lib/errors.ts';
import type { Answer, RequestPdu } from './message.ts';

/** How a PDU is wrapped into a datagram and read out of one: by community (v2c) or by user (v3). */
export interface Security {
  /** The datagram that asks `pdu` under `requestId`. The buffer may be reused by the next call for the same PDU. */
  wrap(pdu: RequestPdu, requestId: number): Buffer;
  /**
   * Reads an answer; `requestId` in it is the one given to `wrap`.
   * @throws ParseError when the bytes are not an SNMP answer; CollectorError when its authenticity cannot be shown
   */
  unwrap(datagram: Buffer): Answer;
  /** What to do about a report: ask again (something was learnt from it), or give up with this error. */
  onReport(report: Answer): 'resend' | CollectorError;
  /** Octets of an answer's datagram beside its variables, at most. */
  readonly headBytes: number;
  /** snmpEngineBoots where the protocol itself carries it (v3). */
  readonly engineBoots: number | null;
}
