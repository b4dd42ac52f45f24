import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { type ChannelOptions, GrpcChannel } from '../../../../collectors/gnmi/grpc/channel.ts';
import { KeepaliveInterval } from '../../../../collectors/gnmi/grpc/keepalive.ts';
import * as raw from './raw-server.ts';

const certificate = (name: string) => readFileSync(new URL(`../certificates/${name}`, import.meta.url));
/** What a device shows, and what a collector needs to believe it. */
export const DEVICE = { cert: certificate('device.pem'), key: certificate('device.key') };
export const TRUSTING = {
  secureContext: createSecureContext({ ca: certificate('authority.pem') }),
  rejectUnauthorized: true,
};

export const SUBSCRIBE = '/gnmi.gNMI/Subscribe';

export function channelTo(authority: string, options: Partial<ChannelOptions> = {}): GrpcChannel {
  return new GrpcChannel({
    ...{ authority, tls: null, maxMessageBytes: 1_000_000, connectTimeoutMs: 2000 },
    ...{ keepalive: new KeepaliveInterval(), metadata: {}, hide: (text: string) => text },
    ...options,
  });
}

/** How a call that is answered so ends: its messages, then null or the error. */
export async function outcomeOf(channel: GrpcChannel): Promise<{ messages: string[]; error: Error | null }> {
  const messages: string[] = [];
  const call = channel.call(SUBSCRIBE, (message) => messages.push(message.toString('latin1')));
  call.send(Buffer.from('question'));
  const error = await call.ended.then(
    () => null,
    (one: Error) => one,
  );
  channel.close();
  return { messages, error };
}

/** What one test has started, to be ended after it. */
export class Peers {
  private readonly servers: raw.RawServer[] = [];
  private readonly channels: GrpcChannel[] = [];

  async serve(...[heard, options]: Parameters<typeof raw.rawServer>): Promise<raw.RawServer> {
    const server = await raw.rawServer(heard, options);
    this.servers.push(server);
    return server;
  }

  /** @see raw.answering */
  async answering(...[answer, options]: Parameters<typeof raw.answering>): Promise<raw.RawServer> {
    const server = await raw.answering(answer, options);
    this.servers.push(server);
    return server;
  }

  open(server: raw.RawServer, options: Partial<ChannelOptions> = {}): GrpcChannel {
    const channel = channelTo(server.address, options);
    this.channels.push(channel);
    return channel;
  }

  async end(): Promise<void> {
    for (const channel of this.channels.splice(0)) channel.close();
    for (const server of this.servers.splice(0)) await server.close();
  }
}

export const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
};

export const errorOf = (ended: Promise<unknown>): Promise<Error | null> =>
  ended.then(
    () => null,
    (error: Error) => error,
  );

/** A whole answer of one message. */
export const answer = (stream: number, text: string): Buffer =>
  Buffer.concat([
    raw.headers(stream, raw.RESPONSE),
    raw.data(stream, raw.message(text)),
    raw.trailers(stream, { 'grpc-status': '0' }),
  ]);
