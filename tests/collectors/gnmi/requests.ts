import { loadSync, type MethodDefinition } from '@grpc/proto-loader';

/** Requests as protobufjs reads them: not with the code that wrote them. */
export interface WirePath {
  origin?: string;
  target?: string;
  elem?: { name: string; key?: Record<string, string> }[];
}
export interface SubscribeList {
  prefix?: WirePath;
  subscription: { path: WirePath; mode: string; sample_interval?: string; heartbeat_interval?: string }[];
  mode: string;
  encoding: string;
}
export interface FakeRequest {
  subscribe?: SubscribeList;
  poll?: object;
  get?: { prefix?: WirePath; path: WirePath[]; encoding: string };
}

const options = { keepCase: true, longs: String, enums: String, defaults: true, arrays: true, oneofs: true };
const service = loadSync(new URL('../../../bench/gnmi/gnmi.proto', import.meta.url).pathname, options)[
  'gnmi.gNMI'
] as unknown as Record<'Subscribe' | 'Get', MethodDefinition<object, object>>;

export function readSubscribe(bytes: Buffer): FakeRequest {
  return service.Subscribe.requestDeserialize(bytes) as FakeRequest;
}

export function readGet(bytes: Buffer): FakeRequest {
  return { get: service.Get.requestDeserialize(bytes) as NonNullable<FakeRequest['get']> };
}

/** Whether a leaf lies at or under an asked path; `*` and missing keys match everything. */
export function covers(asked: WirePath, leaf: WirePath['elem'] & object): boolean {
  return (asked.elem ?? []).every(({ name, key = {} }, index) => {
    const own = leaf[index];
    if (own === undefined || own.name !== name) return false;
    return Object.entries(key).every(([wanted, value]) => value === '*' || own.key?.[wanted] === value);
  });
}
