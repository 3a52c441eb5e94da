import { Agent, request } from 'node:http';

export type Answer = { readonly status: number; readonly body: string };
export type HttpClient = {
  readonly post: (path: string, body: unknown, token?: string) => Promise<Answer>;
  readonly get: (path: string, token?: string) => Promise<Answer>;
  readonly close: () => void;
};

/** A plain client with kept-alive connections, as many as are needed at once. */
export function httpClient(baseUrl: string): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  const { hostname, port } = new URL(baseUrl);
  function send(
    method: string,
    path: string,
    { body, token }: { body?: string | undefined; token?: string | undefined },
  ): Promise<Answer> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, path, method, headers, agent }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
        incoming.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
  return {
    post: (path, body, token) => send('POST', path, { body: JSON.stringify(body), token }),
    get: (path, token) => send('GET', path, { token }),
    close: () => agent.destroy(),
  };
}
