import { request } from 'node:http';

export type Exchange = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Bearer token. */
  readonly token?: string;
  readonly body?: unknown;
  /** How long the answer may take, in ms; default 30,000. */
  readonly timeoutMs?: number;
};
export type Answer = { readonly status: number; readonly body: unknown };

/** One HTTP request with JSON in and out. Rejects when there is no whole answer; a body that is not JSON comes back as text. */
export function exchangeJson({ method, url, token, body, timeoutMs = 30_000 }: Exchange): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, timeout: timeoutMs, agent: false }, (response) => {
      const parts: string[] = [];
      response.setEncoding('utf8');
      response.on('data', (part: string) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: parsed(parts.join('')) }));
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sent.once('error', reject);
    sent.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
