/** Something with requests to send. */
export interface Sender {
  sendQueued(): void;
}

/**
 * Sends at the end of a turn of the event loop what all devices of the process have to ask: what answers led to goes
 * out together, while the answers of the same turn are decoded together.
 */
export class SendTurn {
  private waiting: Sender[] = [];

  /** At the end of this turn; once, however often it is said. */
  add(sender: Sender): void {
    if (this.waiting.length === 0) setImmediate(() => this.send());
    this.waiting.push(sender);
  }

  private send(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const sender of waiting) sender.sendQueued();
  }
}

export const sendTurn = new SendTurn();
