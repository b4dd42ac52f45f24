import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import type { GnmiConfig } from '../config.ts';
import type { ChannelOptions } from '../grpc/channel.ts';
import { reasonText } from '../grpc/text.ts';

const KINDS = {
  ca: /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/,
  cert: /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/,
  key: /PRIVATE KEY-----/,
};

/**
 * TLS of a connection, from the files as they are now.
 * @returns null where the target is spoken to in the clear
 * @throws CollectorError that names the file which cannot be read or used
 */
export function tlsOptions({ tls }: Pick<GnmiConfig, 'tls'>): ChannelOptions['tls'] {
  if (tls === false) return null;
  const [ca, cert, key] = [pem('ca', tls.ca), pem('cert', tls.cert), pem('key', tls.key)];
  try {
    return {
      secureContext: createSecureContext({ ...(ca && { ca }), ...(key && { key }), ...(cert && { cert }) }),
      rejectUnauthorized: !tls.skipVerify,
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    };
  } catch (error) {
    const files = [tls.ca, tls.cert, tls.key].filter((file) => file !== undefined).join(', ');
    throw new CollectorError('config', `the TLS files ${files} cannot be used: ${reasonText(error)}`, { cause: error });
  }
}

/** OpenSSL passes over a file without a certificate, and then trusts nobody. */
function pem(kind: keyof typeof KINDS, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CollectorError('config', `cannot read ${file}: ${errorMessage(error)}`, { cause: error });
  }
  const text = bytes.toString('latin1');
  if (!KINDS[kind].test(text))
    throw new CollectorError(
      'config',
      `tls.${kind}: ${file} holds no ${kind === 'key' ? 'private key' : 'certificate'} in PEM form`,
    );
  if (kind === 'key' && /ENCRYPTED/.test(text))
    throw new CollectorError('config', `tls.key: ${file} is locked by a passphrase: store it without one`);
  return bytes;
}
