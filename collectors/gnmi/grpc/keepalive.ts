/**
 * gRPC servers in Go and C end a connection that pings more often than every 5 minutes while no data flows
 * (too_many_pings), and many devices leave that as it is. Streams that should flow are watched by the watchdog.
 * @source grpc/proposal A8 and A9
 */
const FIRST_MS = 310_000;
/** As rarely as TCP itself would ask. @source RFC 1122, section 4.2.3.6 */
const LONGEST_MS = 7_200_000;

/** How often quiet connections to one device are asked whether they still live. Shared by all of them. */
export class KeepaliveInterval {
  constructor(private current = FIRST_MS) {}

  get ms(): number {
    return this.current;
  }

  /** A connection that pinged every `usedMs` was ended for that: later ones ping half as often. */
  tooOften(usedMs: number): void {
    // Several connections are ended at once: that is one complaint.
    this.current = Math.max(this.current, Math.min(LONGEST_MS, 2 * usedMs));
  }
}
