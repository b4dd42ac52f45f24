/** A node of an InfiniBand fabric as we call it. */
export interface NodeName {
  device: string;
  /** The adapter, where the node is one: "gpu07 mlx5_0" is card mlx5_0 of host gpu07. */
  card?: string;
}

/** What adapters write as their description: host name, then the card (or "HCA-1" from older drivers). */
const ADAPTER = /^(\S+)[\s/]+((?:mlx\d+|bnxt_re|irdma|hfi\d|ib|HCA-|ibp|roce)\w*)$/;
/** Managed switches put chassis and model around their name: "MF0;leaf-07:MQM9700/U1". */
const MANAGED = /^[A-Z]+\d*;([^:;]+):/;

/**
 * Device and card from a node description, so that a host's ports are the same ports however they were collected.
 * @source linux-rdma/rdma-core (node description "%h %d")
 */
export function readNodeName(description: string): NodeName {
  const text = description.trim();
  const adapter = ADAPTER.exec(text);
  if (adapter?.[1] !== undefined && adapter[2] !== undefined) return { device: adapter[1], card: adapter[2] };
  return { device: MANAGED.exec(text)?.[1] ?? text };
}

/** A GUID in one spelling, whatever the tool: `0x` and sixteen digits. @returns undefined where it is none */
export function readGuid(text: string): string | undefined {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(text.trim())?.[1];
  return digits === undefined ? undefined : `0x${digits.toLowerCase().padStart(16, '0')}`;
}
