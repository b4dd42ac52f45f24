import { readFileSync, statSync } from 'node:fs';
import type https from 'node:https';
import { CollectorError } from '../../lib/errors.ts';
import type { TlsConfig } from './config.ts';

/** Certificates and keys of a target, read again when the files have changed: certificates are renewed while we run. */
export class TlsFiles {
  private stamp = '';

  constructor(private readonly config: TlsConfig) {}

  /** Whether connections made before use files that have been replaced since. */
  changed(): boolean {
    const { caFile, certFile, keyFile } = this.config;
    const stamp = [caFile, certFile, keyFile].map(stampOf).join(' ');
    const changed = stamp !== this.stamp;
    this.stamp = stamp;
    return changed;
  }

  /** @throws CollectorError `config` naming the file that cannot be read */
  options(): https.AgentOptions {
    const { caFile, certFile, keyFile, serverName, insecureSkipVerify } = this.config;
    return {
      rejectUnauthorized: !insecureSkipVerify,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(caFile === undefined ? {} : { ca: contentOf('caFile', caFile) }),
      ...(certFile === undefined ? {} : { cert: contentOf('certFile', certFile) }),
      ...(keyFile === undefined ? {} : { key: contentOf('keyFile', keyFile) }),
    };
  }
}

function stampOf(file: string | undefined): string {
  if (file === undefined) return '';
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs}/${size}/${ino}`;
  } catch {
    return 'none';
  }
}

function contentOf(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CollectorError('config', `tls.${setting} ${file} cannot be read (${code})`, { cause: error });
  }
}

/** What Node and OpenSSL call it -> what it means. The first that matches code or message counts. */
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/,
    'shows a certificate that no authority known here has signed: set tls.caFile',
  ],
  [/^CERT_HAS_EXPIRED/, 'shows a certificate that has expired'],
  [/^CERT_NOT_YET_VALID/, 'shows a certificate that is not valid yet: are both clocks right?'],
  [/ERR_TLS_CERT_ALTNAME_INVALID/, 'shows a certificate for another name: set tls.serverName'],
  [/wrong.version.number|packet.length.too.long/i, 'speaks no TLS: write http:// in the url'],
  [/certificate.required|handshake.failure/i, 'wants a certificate of ours: set tls.certFile and tls.keyFile'],
  [
    /alert.(?:unknown.ca|bad.certificate|certificate.unknown|certificate.expired)/i,
    'does not accept our certificate (tls.certFile)',
  ],
  [
    /^ERR_OSSL_|key values mismatch/,
    'cannot be asked: tls.certFile, keyFile or caFile is no PEM, or they do not belong together',
  ],
];

/** What went wrong between both ends. @returns undefined where it was not TLS */
export function tlsProblem(error: unknown, { certFile }: TlsConfig): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  const text = `${code} ${error.message}`;
  const known = PROBLEMS.find(([pattern]) => pattern.test(text))?.[1];
  if (known !== undefined || code !== 'ECONNRESET' || certFile === undefined) return known;
  // Some servers hang up instead of saying why.
  return 'hangs up: does it accept our certificate (tls.certFile)?';
}
