import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedWebhook {
  type: string;
  id: string;
  data: { kind: string; severity: string; where: { device: string; port: string }; link: string | null };
}

/** The other end of a webhook, as an operator would write it: the public library verifies, nothing else is believed. */
export class WebhookReceiver {
  readonly secret = `whsec_${Buffer.alloc(32, 42).toString('base64')}`;
  readonly received: ReceivedWebhook[] = [];
  /** Requests whose signature did not hold. */
  forged = 0;
  readonly #server: Server;

  constructor() {
    const webhook = new Webhook(this.secret);
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        try {
          const message = webhook.verify(body, request.headers as Record<string, string>) as ReceivedWebhook;
          this.received.push({ ...message, id: String(request.headers['webhook-id']) });
          response.writeHead(204).end();
        } catch {
          this.forged += 1;
          response.writeHead(401).end();
        }
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks/stallscope`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
