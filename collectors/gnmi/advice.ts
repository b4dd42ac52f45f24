import type { CollectorError } from '../../lib/errors.ts';
import type { GnmiConfig } from './config.ts';

/** One sentence for the operator: what happened at which target and what to do next. Never carries the password. */
export function explainFailure(error: CollectorError, config: GnmiConfig): string {
  const { address } = config;
  const message = withoutSecrets(error.message, config);
  switch (error.code) {
    case 'unreachable':
      return `${address}: ${message}: ${connectAdvice(message, config)}`;
    case 'timeout':
      return `${address}: ${message}: check that the host is up and that gNMI is enabled on this port`;
    case 'unauthorized':
      return `${address}: ${message}: correct username and password of the target (authScheme: basic for Cumulus Linux), or permit the user on the device`;
    case 'too_large':
      return `${address}: ${message}: raise maxMessageBytes of the target, or the limit of calls on the device`;
    case 'malformed':
      return `${address}: ${message}: report this with the device's software version`;
    default:
      return `${address}: ${message}`;
  }
}

/** The text may be the server's, which may repeat what it was sent. */
function withoutSecrets(text: string, { username, password }: GnmiConfig): string {
  if (password === undefined) return text;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  return text.replaceAll(password, '***').replaceAll(basic, '***');
}

function connectAdvice(message: string, { tls }: GnmiConfig): string {
  if (message.includes('ECONNREFUSED')) return 'enable gNMI on the device or correct the port of its address';
  if (message.includes('certificate required'))
    return 'the device wants a certificate of ours: set tls.cert and tls.key';
  if (/altnames|hostname/i.test(message)) return 'set tls.serverName to the name in its certificate';
  if (/self-signed|unable to (get|verify)|certificate/i.test(message)) {
    return 'give the authority that signed its certificate as tls.ca, or tls.skipVerify: true to do without a check';
  }
  if (/wrong version number|ssl|EPROTO/i.test(message))
    return 'the port does not speak TLS: set tls: false, or enable TLS on the device';
  if (tls === false) return 'check the port, and whether the device wants TLS (tls: {})';
  if (message.includes('closed the connection'))
    return 'it may want a certificate of ours (tls.cert, tls.key), or refuse the one it was shown';
  return 'check that the host is up and that the port speaks gNMI over TLS';
}
