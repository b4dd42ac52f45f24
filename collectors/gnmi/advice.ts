import type { CollectorError } from '../../lib/errors.ts';
import type { GnmiConfig } from './config.ts';
import { secretsHider } from './secrets.ts';

/** One sentence for the operator: what happened at which target and what to do next. Never carries the password. */
export function explainFailure(error: CollectorError, config: GnmiConfig): string {
  const message = secretsHider(config)(error.message);
  const advice = adviceFor(error.code, message, config);
  return `${config.address}: ${message}${advice === null ? '' : `: ${advice}`}`;
}

function adviceFor(code: CollectorError['code'], message: string, config: GnmiConfig): string | null {
  switch (code) {
    case 'unreachable':
      return connectAdvice(message, config);
    case 'timeout':
      if (message.includes('Protocol error')) return 'it speaks TLS, but not gRPC: correct the port of its address';
      return 'check that the host is up and that gNMI is enabled on this port';
    case 'unauthorized':
      return 'correct username and password of the target (authScheme: basic for Cumulus Linux), or permit the user on the device';
    case 'too_large':
      return 'raise maxMessageBytes of the target, or the limit of calls on the device';
    case 'malformed':
      return "report this with the device's software version";
    default:
      return message.includes('instead of an answer of gRPC')
        ? 'a web server or a proxy answers there: correct the address or its port'
        : null;
  }
}

/** What a connection died of, as Node, OpenSSL and the server's alerts name it; the first that fits counts. */
const CONNECT_ADVICE: readonly (readonly [RegExp, string])[] = [
  [/the device (hung up|is closing)/, 'it comes back by itself; if it goes on, look into the log of the device'],
  [/ECONNREFUSED/, 'enable gNMI on the device or correct the port of its address'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name is not known to this machine: correct the address, or its DNS'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it: check the address and the network'],
  [
    /certificate required|alert handshake failure/,
    'the device wants a certificate of ours: set tls.cert and tls.key (or it shares no cipher with us)',
  ],
  [
    /alert (unknown ca|bad certificate|certificate|unsupported certificate|access denied|decrypt error)/,
    'the device refuses our certificate: renew tls.cert if it has expired, or let the device trust its authority',
  ],
  [/protocol version|unsupported protocol/, 'the device speaks TLS older than 1.2: update it'],
  [/no application protocol/, 'TLS is there, gRPC is not: correct the port of its address'],
  [/unrecognized name/, 'set tls.serverName to a name the device knows itself by'],
  [
    /has expired|not yet valid/,
    'renew the certificate of the device, or correct the clock of this machine; tls.skipVerify: true does without a check',
  ],
  [/altnames|hostname/i, 'set tls.serverName to the name in its certificate'],
  [
    /self-signed|unable to (get|verify)|certificate/i,
    'give the authority that signed its certificate as tls.ca, or tls.skipVerify: true to do without a check',
  ],
  [/wrong version number|TLS: |EPROTO/, 'the port does not speak TLS: set tls: false, or enable TLS on the device'],
];

function connectAdvice(message: string, { tls }: GnmiConfig): string {
  const known = CONNECT_ADVICE.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  if (tls === false) return 'check the port, and whether the device wants TLS (tls: {})';
  if (/closed the connection|disconnected before/.test(message))
    return 'it may want a certificate of ours (tls.cert, tls.key), or refuse the one it was shown';
  if (message.includes('Protocol error')) return 'it speaks TLS, but not gRPC: correct the port of its address';
  return 'check that the host is up and that the port speaks gNMI over TLS';
}
