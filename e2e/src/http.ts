import { Agent, request } from 'node:http';

export type Sent = {
  readonly method: string;
  readonly url: URL;
  readonly headers?: { readonly [name: string]: string };
  /** Sent as it is. */
  readonly body?: string;
};
export type Received = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: unknown;
};

const TIMEOUT_MS = 60_000;
/** As many connections as there are requests at once: queueing here would hide what the system does. */
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** One HTTP request, byte for byte as told. A body that is not JSON comes back as text. */
export function send({ method, url, headers = {}, body }: Sent): Promise<Received> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: { ...length, ...headers }, timeout: TIMEOUT_MS, agent },
      (response) => {
        const parts: string[] = [];
        response.setEncoding('utf8');
        response.on('data', (part: string) => parts.push(part));
        response.once('error', reject);
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(parts.join('')) });
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Ends the connections that are kept for later. */
export const endConnections = (): void => agent.destroy();

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
