import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { integer, TAG, tlv } from './ber.ts';
import { getPdu } from './message.ts';

/** msgFlags: reportable, neither authenticated nor private. */
const REPORTABLE = Buffer.from([0x04]);
const MAX_MESSAGE_BYTES = 65_507;
const USER_SECURITY_MODEL = 3;
/** What a v3 agent's report starts with: SEQUENCE, then version INTEGER 3. */
const VERSION_3 = Buffer.from([TAG.integer, 1, 3]);

/**
 * The message that asks an agent for its engine id. Every agent with SNMPv3 answers it, whatever the community or
 * user, so it tells a wrong community from a host that is down.
 * @source RFC 3414 section 4 (discovery)
 */
export function engineDiscoveryMessage(messageId: number): Buffer {
  const empty = tlv(TAG.octetString);
  const header = tlv(
    TAG.sequence,
    integer(messageId),
    integer(MAX_MESSAGE_BYTES),
    tlv(TAG.octetString, REPORTABLE),
    integer(USER_SECURITY_MODEL),
  );
  const parameters = tlv(TAG.octetString, tlv(TAG.sequence, empty, integer(0), integer(0), empty, empty, empty));
  return tlv(TAG.sequence, integer(3), header, parameters, tlv(TAG.sequence, empty, empty, getPdu([]).bytes));
}

/** Whether an SNMPv3 engine answers at this address. Never rejects. */
export function engineAnswers(host: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    const done = (answered: boolean): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      resolve(answered);
    };
    const timer = setTimeout(() => done(false), timeoutMs);
    socket.on('error', () => done(false));
    socket.on('message', (datagram) => done(datagram.subarray(0, 8).includes(VERSION_3)));
    socket.connect(port, host, () => socket.send(engineDiscoveryMessage(1)));
  });
}
