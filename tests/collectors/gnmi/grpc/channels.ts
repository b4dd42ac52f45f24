import { type ChannelOptions, GrpcChannel } from '../../../../collectors/gnmi/grpc/channel.ts';
import { KeepaliveInterval } from '../../../../collectors/gnmi/grpc/keepalive.ts';

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
