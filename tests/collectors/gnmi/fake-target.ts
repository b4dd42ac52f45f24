import { Metadata, Server, ServerCredentials, type ServerDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import { elemsOf, type Leaf, openconfigLeaves, textOf, updateOf } from './fake-leaves.ts';
import { block, capabilities, notification, path, response, SYNC } from './messages.ts';
import { covers, type FakeRequest, readGet, readSubscribe, type SubscribeList, type WirePath } from './requests.ts';

/** How the target behaves. */
export interface FakeOptions {
  models?: string[];
  /** Numbers of gnmi.proto; PROTO is 2. */
  encodings?: number[];
  username?: string;
  password?: string;
  /** Wants them as an HTTP Basic header and looks at nothing else. */
  basic?: boolean;
  refuseStream?: boolean;
  refuseOnChange?: boolean;
  refusePoll?: boolean;
  refuseSubscribe?: boolean;
  /** Refuses calls, of any kind, that ask for a path with this text in it. */
  refusePath?: string;
  /** How often it sends what is left to it, ms; 0 = it refuses TARGET_DEFINED. */
  ownChoiceMs?: number;
  /** Streams say sync and nothing more. */
  silent?: boolean;
  credentials?: ServerCredentials;
  ports?: string[];
  /** Instead of OpenConfig's. */
  leaves?: Leaf[];
  /** Streamed paths that contain this text come this often, ms, whatever was asked; Infinity = never. */
  slow?: Record<string, number>;
  /** Nothing is answered before this is fulfilled. */
  late?: Promise<void>;
}

export interface FakeTarget {
  address: string;
  /** Subscribe and Get requests as they came. */
  requests: FakeRequest[];
  /** Metadata of every call. */
  calls: Metadata[];
  /** Gives a leaf another value and tells those who asked for its changes. */
  change(at: string, value: bigint | string): void;
  /** Sends any message to every Subscribe call. */
  send(message: Buffer): void;
  /** Ends all calls as a restarting device does. */
  drop(): void;
  close(): Promise<void>;
}

type Call = ServerDuplexStream<Buffer, Buffer>;
type Done = (error: ServiceError | null, answer?: Buffer) => void;

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

/** A gNMI target in this process. It sends what was asked for, as often as asked; its octets grow by 1000 a reading. */
export async function startFakeTarget(options: FakeOptions = {}): Promise<FakeTarget> {
  const { ports = ['Ethernet1', 'Ethernet2'], slow = {} } = options;
  const requests: FakeRequest[] = [];
  const metadata: Metadata[] = [];
  const calls = new Map<Call, SubscribeList>();
  const timers = new Set<NodeJS.Timeout>();
  const changed = new Map<string, bigint | string>();
  let total = 1n << 40n;
  const own = options.leaves ?? openconfigLeaves(ports, () => total);
  const leaves = own.map((leaf): Leaf => ({ ...leaf, value: () => changed.get(textOf(leaf.at)) ?? leaf.value() }));

  const under = (asked: readonly WirePath[]) =>
    leaves.filter(({ at }) => asked.some((one) => covers(one, elemsOf(at))));
  const message = (asked: readonly WirePath[], list: { prefix?: WirePath; encoding: string }) => {
    total += 1000n;
    const { target } = list.prefix ?? {};
    return {
      atMs: Date.now(),
      ...(target ? { prefix: path([], { target }) } : {}),
      parts: under(asked).map((leaf) => updateOf(leaf, list.encoding)),
    };
  };
  const nameOf = (asked: WirePath) => (asked.elem ?? []).map(({ name }) => name).join('/');
  const paceOf = ({ path: asked, mode, sample_interval }: SubscribeList['subscription'][number]) => {
    if (mode === 'TARGET_DEFINED') return options.ownChoiceMs ?? 0;
    const text = nameOf(asked);
    const forced = Object.entries(slow).find(([part]) => text.includes(part))?.[1];
    return forced ?? Number(sample_interval) / 1e6;
  };
  const later = (run: () => void) => (options.late === undefined ? run() : void options.late.then(run));
  const allowed = (sent: Metadata) => {
    metadata.push(sent);
    const { username = 'stallscope', password, basic } = options;
    if (password === undefined) return true;
    if (!basic) return sent.get('username')[0] === username && sent.get('password')[0] === password;
    return sent.get('authorization')[0] === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  };
  const denied = refusal(status.UNAUTHENTICATED, `wrong password, not ${options.password}`);

  const stream = (call: Call, list: SubscribeList) => {
    call.write(SYNC);
    if (options.silent) return;
    for (const one of list.subscription) {
      const send = () => calls.has(call) && call.write(response(message([one.path], list)));
      const everyMs = one.mode === 'ON_CHANGE' ? Number(one.heartbeat_interval) / 1e6 : paceOf(one);
      if (everyMs === Number.POSITIVE_INFINITY) continue;
      send();
      if (everyMs > 0) timers.add(setInterval(send, everyMs));
    }
  };
  const refusalOf = (list: SubscribeList): ServiceError | null => {
    const { refusePath, ownChoiceMs = 0 } = options;
    if (refusePath !== undefined && list.subscription.some((one) => nameOf(one.path).includes(refusePath)))
      return refusal(status.INVALID_ARGUMENT, `no ${refusePath} here`);
    if (list.mode === 'STREAM' && list.subscription.some((one) => one.mode === 'TARGET_DEFINED'))
      return ownChoiceMs > 0 && list.subscription.every(({ sample_interval }) => Number(sample_interval) === 0)
        ? null
        : refusal(status.INVALID_ARGUMENT, 'a mode of my own takes no interval');
    if (options.refuseSubscribe) return refusal(status.UNIMPLEMENTED, 'no Subscribe here');
    if (options.refuseStream && list.mode === 'STREAM') return refusal(status.INVALID_ARGUMENT, 'no STREAM here');
    if (options.refusePoll && list.mode === 'POLL') return refusal(status.UNIMPLEMENTED, 'no POLL here');
    if (options.refuseOnChange && list.subscription.some(({ mode }) => mode === 'ON_CHANGE') && list.mode === 'STREAM')
      return refusal(status.INVALID_ARGUMENT, 'no ON_CHANGE here');
    return null;
  };

  const server = new Server();
  server.addService(
    { capabilities: method('Capabilities', false), get: method('Get', false), subscribe: method('Subscribe', true) },
    {
      capabilities: (call: { metadata: Metadata }, done: Done) =>
        allowed(call.metadata)
          ? later(() =>
              done(null, capabilities(options.models ?? ['openconfig-interfaces'], options.encodings ?? [2, 4])),
            )
          : done(denied),
      get: (call: { request: Buffer; metadata: Metadata }, done: Done) => {
        const request = readGet(call.request);
        requests.push(request);
        if (!allowed(call.metadata)) return done(denied);
        const { get } = request;
        const { refusePath } = options;
        if (refusePath !== undefined && get?.path.some((one) => nameOf(one).includes(refusePath)))
          return done(refusal(status.INVALID_ARGUMENT, `no ${refusePath} here`));
        later(() => done(null, get === undefined ? Buffer.alloc(0) : block(1, notification(message(get.path, get)))));
      },
      subscribe: (call: Call) => {
        const forget = () => calls.delete(call);
        call.on('cancelled', forget);
        call.on('error', forget);
        call.on('end', () => call.end());
        call.on('data', (bytes: Buffer) => {
          const request = readSubscribe(bytes);
          requests.push(request);
          if (!allowed(call.metadata)) return call.emit('error', denied);
          if (request.subscribe) {
            const refused = refusalOf(request.subscribe);
            if (refused !== null) return call.emit('error', refused);
            const list = request.subscribe;
            calls.set(call, list);
            if (list.mode === 'POLL') return call.write(SYNC);
            if (list.mode === 'ONCE') {
              call.write(
                response(
                  message(
                    list.subscription.map((one) => one.path),
                    list,
                  ),
                ),
              );
              call.write(SYNC);
              return call.end();
            }
            return later(() => stream(call, list));
          }
          const list = calls.get(call);
          if (list === undefined) return undefined;
          call.write(
            response(
              message(
                list.subscription.map((one) => one.path),
                list,
              ),
            ),
          );
          return call.write(SYNC);
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
    calls: metadata,
    change: (at, value) => {
      changed.set(at, value);
      const leaf = leaves.find((one) => textOf(one.at) === at);
      if (leaf === undefined) throw new Error(`no leaf ${at}`);
      for (const [call, list] of calls) {
        const wanted = list.subscription.some((one) => one.mode === 'ON_CHANGE' && covers(one.path, elemsOf(leaf.at)));
        if (wanted) call.write(response({ atMs: Date.now(), parts: [updateOf(leaf, list.encoding)] }));
      }
    },
    send: (bytes) => {
      for (const call of calls.keys()) call.write(bytes);
    },
    drop: () => {
      for (const call of calls.keys()) call.emit('error', refusal(status.UNAVAILABLE, 'restarting'));
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      server.forceShutdown();
    },
  };
}
