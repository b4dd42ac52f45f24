import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { CollectorError, errorMessage } from '../../../lib/errors.ts';
import { authorityOf, type GnmiConfig } from '../config.ts';
import { type ChannelOptions, GrpcChannel } from '../grpc/channel.ts';

/**
 * gRPC servers in Go and C end a connection that pings more often than every 5 minutes while no data flows
 * (too_many_pings), and many devices leave that as it is. Streams that should flow are watched by the watchdog.
 * @source grpc/proposal A8 and A9
 */
const KEEPALIVE_MS = 310_000;
const SERVICE = '/gnmi.gNMI';

/** An open Subscribe call. */
export interface Subscription {
  send(request: Buffer): void;
  /** Rejects with what ended the call; also when the device ended it in good order. */
  ended: Promise<never>;
  cancel(): void;
}

/**
 * One connection to a device. Certificates are read when it is made, so renewed ones are taken with the next. Messages
 * come and go as bytes.
 * @throws CollectorError where a certificate file cannot be read or used
 */
export class GnmiSession {
  private readonly channel: GrpcChannel;

  constructor(private readonly config: GnmiConfig) {
    this.channel = new GrpcChannel({
      authority: authorityOf(config.address) ?? config.address,
      tls: tlsOptions(config),
      maxMessageBytes: config.maxMessageBytes,
      keepaliveMs: KEEPALIVE_MS,
      metadata: metadataOf(config),
    });
  }

  capabilities(request: Buffer, signal: AbortSignal): Promise<Buffer> {
    return this.channel.ask(`${SERVICE}/Capabilities`, request, this.config.timeout, signal);
  }

  get(request: Buffer, signal: AbortSignal): Promise<Buffer> {
    return this.channel.ask(`${SERVICE}/Get`, request, this.config.timeout, signal);
  }

  /** @param received called with every message, whose bytes are valid until it returns; what it throws ends the call */
  subscribe(request: Buffer, received: (message: Buffer) => void): Subscription {
    const call = this.channel.call(`${SERVICE}/Subscribe`, received);
    call.send(request);
    const ended = call.ended.then(() => {
      throw new CollectorError('unavailable', 'the device ended the subscription', { retryable: true });
    });
    return { send: call.send, ended, cancel: call.cancel };
  }

  close(): void {
    this.channel.close();
  }
}

function metadataOf({ username, password = '', authScheme }: GnmiConfig): Record<string, string> {
  if (username === undefined) return {};
  if (authScheme === 'basic')
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  return password === '' ? { username } : { username, password };
}

function tlsOptions({ tls }: GnmiConfig): ChannelOptions['tls'] {
  if (tls === false) return null;
  const read = (file: string | undefined): Buffer | undefined => {
    if (file === undefined) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      throw new CollectorError('config', `cannot read ${file}: ${errorMessage(error)}`, { cause: error });
    }
  };
  const [ca, key, cert] = [read(tls.ca), read(tls.key), read(tls.cert)];
  try {
    return {
      secureContext: createSecureContext({ ...(ca && { ca }), ...(key && { key }), ...(cert && { cert }) }),
      rejectUnauthorized: !tls.skipVerify,
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    };
  } catch (error) {
    throw new CollectorError('config', `the TLS files cannot be used: ${errorMessage(error)}`, { cause: error });
  }
}
