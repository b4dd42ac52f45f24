import { Metadata, Server, ServerCredentials, type ServerDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import { block, capabilities, counterPath, INTERFACE, notification, path, response, SYNC, update } from './messages.ts';

/** How the target behaves. */
export interface FakeOptions {
  models?: string[];
  /** Numbers of gnmi.proto; PROTO is 2. */
  encodings?: number[];
  password?: string;
  refuseStream?: boolean;
  refuseSubscribe?: boolean;
  /** Streams say sync and nothing more. */
  silent?: boolean;
  credentials?: ServerCredentials;
  intervalMs?: number;
  ports?: string[];
}

export interface FakeTarget {
  address: string;
  /** Subscribe and Get requests as they came. */
  requests: Buffer[];
  /** Ends all calls as a restarting device does. */
  drop(): void;
  close(): Promise<void>;
}

const asIs = (bytes: Buffer) => bytes;
const method = (name: string, stream: boolean) => ({
  path: `/gnmi.gNMI/${name}`,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});
const refusal = (code: status, details: string) =>
  Object.assign(new Error(details), { code, details, metadata: new Metadata() }) as ServiceError;

/** A gNMI target in this process. Its counters grow by 1000 with every sample. */
export async function startFakeTarget(options: FakeOptions = {}): Promise<FakeTarget> {
  const { ports = ['Ethernet1', 'Ethernet2'], intervalMs = 20 } = options;
  const requests: Buffer[] = [];
  const calls = new Set<ServerDuplexStream<Buffer, Buffer>>();
  const timers = new Set<NodeJS.Timeout>();
  let total = 1n << 40n;
  const sample = () => {
    total += 1000n;
    const parts = ports.flatMap((port) => [
      update(counterPath(port, 'in-octets'), { uint: total }),
      update(counterPath(port, 'out-octets'), { uint: total * 2n }),
      update(path([...INTERFACE(port), 'ethernet', 'state', 'counters', 'in-mac-pause-frames']), { uint: 7n }),
      update(path([...INTERFACE(port), 'ethernet', 'state', 'port-speed']), { text: 'SPEED_400GB' }),
      update(path([...INTERFACE(port), 'state', 'oper-status']), { text: 'UP' }),
    ]);
    return { atMs: Date.now(), parts };
  };
  const allowed = (metadata: Metadata) =>
    options.password === undefined || metadata.get('password')[0] === options.password;
  const denied = refusal(status.UNAUTHENTICATED, `wrong password, not ${options.password}`);

  const server = new Server();
  server.addService(
    { capabilities: method('Capabilities', false), get: method('Get', false), subscribe: method('Subscribe', true) },
    {
      capabilities: (call: { metadata: Metadata }, done: (error: ServiceError | null, answer?: Buffer) => void) =>
        allowed(call.metadata)
          ? done(null, capabilities(options.models ?? ['openconfig-interfaces'], options.encodings ?? [2, 4]))
          : done(denied),
      get: (call: { request: Buffer }, done: (error: ServiceError | null, answer?: Buffer) => void) => {
        requests.push(call.request);
        done(null, block(1, notification(sample())));
      },
      subscribe: (call: ServerDuplexStream<Buffer, Buffer>) => {
        calls.add(call);
        const forget = () => calls.delete(call);
        call.on('cancelled', forget);
        call.on('error', forget);
        call.on('end', () => call.end());
        call.on('data', (request: Buffer) => {
          requests.push(request);
          if (!allowed(call.metadata)) return call.emit('error', denied);
          const isPoll = request[0] === ((3 << 3) | 2);
          // SubscriptionList.mode = POLL
          const pollList = request.includes(Buffer.from([5 << 3, 2, 8 << 3]));
          if (options.refuseSubscribe) return call.emit('error', refusal(status.UNIMPLEMENTED, 'no Subscribe here'));
          if (options.refuseStream && !pollList && !isPoll)
            return call.emit('error', refusal(status.INVALID_ARGUMENT, 'no STREAM here'));
          if (isPoll) call.write(response(sample()));
          call.write(SYNC);
          if (isPoll || pollList || options.silent) return undefined;
          const send = () => calls.has(call) && call.write(response(sample()));
          send();
          timers.add(setInterval(send, intervalMs));
          return undefined;
        });
      },
    } as never,
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', options.credentials ?? ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    address: `127.0.0.1:${port}`,
    requests,
    drop: () => {
      for (const call of calls) call.emit('error', refusal(status.UNAVAILABLE, 'restarting'));
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      server.forceShutdown();
    },
  };
}
