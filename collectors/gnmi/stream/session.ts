import { CollectorError } from '../../../lib/errors.ts';
import { authorityOf, type GnmiConfig } from '../config.ts';
import { GrpcChannel } from '../grpc/channel.ts';
import { KeepaliveInterval } from '../grpc/keepalive.ts';
import { secretsHider } from '../secrets.ts';
import { tlsOptions } from './tls.ts';

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

  constructor(
    private readonly config: GnmiConfig,
    keepalive = new KeepaliveInterval(),
  ) {
    this.channel = new GrpcChannel({
      authority: authorityOf(config.address) ?? config.address,
      tls: tlsOptions(config),
      maxMessageBytes: config.maxMessageBytes,
      connectTimeoutMs: config.timeout,
      keepalive,
      metadata: metadataOf(config),
      hide: secretsHider(config),
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
    return { send: (message) => call.send(message), ended, cancel: () => call.cancel() };
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
