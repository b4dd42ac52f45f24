/**
 * Opens the port a server had before, or any free one where that is taken or there is none (0).
 * @param open opens a port, 0 = any. @returns the port that is open
 */
export async function listenNear(wanted: number, open: (port: number) => Promise<number>): Promise<number> {
  try {
    return await open(wanted);
  } catch (error) {
    if (wanted === 0) throw error;
    return open(0);
  }
}
