/** What devices of the demo say of themselves and hear of each other over LLDP, whatever protocol tells it. */

/** The lossless priority of the demo fabric. */
export const PFC_PRIORITY = 3;

/** Chassis address of a device. */
export function chassisMac(device: number): Buffer {
  return Buffer.from([0x02, 0x53, 0x53, 0x00, device >> 8, device & 0xff]);
}

/** Address of a port. */
export function portMac(port: number): Buffer {
  return Buffer.from([0x02, 0x53, 0x53, 0x01, port >> 8, port & 0xff]);
}

export function macText(mac: Buffer): string {
  return mac.toString('hex').replace(/..(?!$)/g, '$&:');
}
