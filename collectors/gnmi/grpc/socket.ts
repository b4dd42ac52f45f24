import { connect, isIP, type Socket } from 'node:net';
import { type SecureContext, connect as tlsConnect } from 'node:tls';

/**
 * When TCP itself asks whether a quiet peer still lives, ms: no server counts that as a ping. It finds a dead device within
 * about a minute and a half, and keeps what a firewall remembers of the connection.
 */
const KEEPALIVE_MS = 60_000;

export interface TlsOptions {
  secureContext: SecureContext;
  /** Expected in the certificate, where it is not the host. */
  servername?: string;
  rejectUnauthorized: boolean;
}

/** Where a URL of http or https leads to: it leaves out the port that its scheme has by itself. */
export function endpointOf({ protocol, hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/** Opens the connection below HTTP/2. @param tls null = in the clear */
export function openSocket(url: URL, tls: TlsOptions | null): Socket {
  const endpoint = endpointOf(url);
  if (tls === null) return keptAlive(connect(endpoint));
  // An address is no name that may be asked for. @source RFC 6066, section 3
  const servername = isIP(endpoint.host) === 0 ? endpoint.host : '';
  return keptAlive(tlsConnect({ ...endpoint, ALPNProtocols: ['h2'], servername, ...tls }));
}

function keptAlive(socket: Socket): Socket {
  return socket.once('connect', () => socket.setKeepAlive(true, KEEPALIVE_MS));
}
