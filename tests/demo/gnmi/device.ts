import {
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Fabric } from '../../../demo/fabric/fabric.ts';
import { TotalCounters } from '../../../demo/fabric/totals.ts';
import { EOS_MODELS, eosLeaves } from '../../../demo/gnmi/eos.ts';
import { GnmiTarget } from '../../../demo/gnmi/target.ts';
import { freshFabric } from '../fabric/small-cluster.ts';

/** A path as protobufjs takes it: "/a/b[k=v]". */
export function pathOf(text: string, more: { origin?: string; target?: string } = {}): object {
  const elem = [...text.matchAll(/\/((?:[^/[]|\[[^\]]*\])+)/g)].map(([, part = '']) => ({
    name: part.replace(/\[.*/, ''),
    key: Object.fromEntries([...part.matchAll(/\[([^=]+)=([^\]]*)\]/g)].map(([, key, value]) => [key, value])),
  }));
  return { elem, ...more };
}

export interface WirePath {
  origin: string;
  target: string;
  elem: { name: string; key?: Record<string, string> }[];
}
export interface Notification {
  timestamp: string;
  prefix: WirePath | null;
  update: { path: WirePath; val: Record<string, string | Buffer> }[];
}
export interface SubscribeResponse {
  update?: Notification;
  sync_response?: boolean;
}

/** A leaf of the small fabric over gNMI, and a client that reads it with protobufjs: not with the code that wrote it. */
export class Device {
  readonly fabric: Fabric;
  readonly target: GnmiTarget;
  private readonly ends: (() => void)[] = [];
  private client: InstanceType<ServiceClientConstructor> | undefined;

  constructor(
    port = 0,
    readonly bootMs = 1_700_000_000_000,
  ) {
    const { fabric, cluster } = freshFabric();
    fabric.advance(5000);
    this.fabric = fabric;
    this.target = new GnmiTarget({
      leaves: eosLeaves({
        network: fabric.network,
        totals: new TotalCounters(fabric.network, () => 2n ** 53n + 1n),
        device: cluster.topology.leaves[0]!,
        bootMs,
      }),
      models: EOS_MODELS,
      username: 'user',
      password: 'secret',
      port,
      refresh: () => bootMs + fabric.nowMs,
    });
  }

  /** Index of the leaf's n-th port in the topology. */
  port(number: number): number {
    const { topology } = this.fabric.options;
    return topology.devices[topology.leaves[0]!]!.ports[number - 1]!;
  }

  async start(): Promise<number> {
    const port = await this.target.start();
    const proto = new URL('../../../bench/gnmi/gnmi.proto', import.meta.url).pathname;
    const definition = loadSync(proto, { keepCase: true, longs: String, enums: String, arrays: true, oneofs: true });
    const { gNMI } = loadPackageDefinition(definition).gnmi as unknown as { gNMI: ServiceClientConstructor };
    this.client = new gNMI(`127.0.0.1:${port}`, credentials.createInsecure());
    return port;
  }

  /** A unary call, as the user with the password given. */
  call<T>(method: 'Capabilities' | 'Get', request: object, password = 'secret'): Promise<T> {
    const call = this.method<(...args: unknown[]) => void>(method);
    return new Promise((resolve, reject) =>
      call(request, credentialsOf(password), (error: ServiceError | null, answer: T) =>
        error ? reject(error) : resolve(answer),
      ),
    );
  }

  get(path: string, encoding: string): Promise<{ notification: Notification[] }> {
    return this.call('Get', { path: [pathOf(path)], encoding });
  }

  subscribe(list: object, password = 'secret'): Subscribed {
    const call = this.method<(metadata: Metadata) => ClientDuplexStream<object, SubscribeResponse>>('Subscribe')(
      credentialsOf(password),
    );
    this.ends.push(() => call.cancel());
    const subscribed = new Subscribed(call);
    subscribed.send({ subscribe: list });
    return subscribed;
  }

  stop(): void {
    for (const end of this.ends) end();
    this.client?.close();
    this.target.stop();
  }

  private method<T>(name: string): T {
    const method: unknown = this.client?.[name];
    if (typeof method !== 'function') throw new Error(`no method ${name}: start() comes first`);
    return method.bind(this.client) as T;
  }
}

/** What one Subscribe call has answered. */
export class Subscribed {
  readonly responses: SubscribeResponse[] = [];
  error: ServiceError | undefined;
  ended = false;

  constructor(private readonly call: ClientDuplexStream<object, SubscribeResponse> & ClientReadableStream<unknown>) {
    call.on('data', (response: SubscribeResponse) => this.responses.push(response));
    call.on('error', (error: ServiceError) => {
      this.error = error;
    });
    call.on('end', () => {
      this.ended = true;
    });
  }

  send(request: object): void {
    this.call.write(request);
  }

  /** Waits for something to be so; vitest ends a test that waits for ever. */
  async until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  get syncs(): number {
    return this.responses.filter(({ sync_response }) => sync_response).length;
  }

  get updates(): Notification[] {
    return this.responses.flatMap(({ update }) => update ?? []);
  }
}

function credentialsOf(password: string): Metadata {
  const metadata = new Metadata();
  metadata.set('username', 'user');
  metadata.set('password', password);
  return metadata;
}

/** "interfaces/interface[name=1]/state/name" of every update, with its value. */
export function flat({ prefix, update }: Notification): [path: string, value: string][] {
  const text = (elems: WirePath['elem']): string =>
    elems
      .map(
        ({ name, key }) =>
          name +
          Object.entries(key ?? {})
            .map(([k, v]) => `[${k}=${v}]`)
            .join(''),
      )
      .join('/');
  return update.map(({ path, val }) => {
    const [value] = Object.values(val).filter((one) => one !== undefined);
    return [text([...(prefix?.elem ?? []), ...path.elem]), String(value)];
  });
}
