import { Pool } from 'undici';

export type Answer = { readonly status: number; readonly body: string };
export type HttpClient = {
  readonly post: (path: string, body: unknown, token?: string) => Promise<Answer>;
  readonly get: (path: string, token?: string) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

const MOST_CONNECTIONS = 1_024;

/** A client with kept-alive connections, as many as are needed at once, each with one request at a time. */
export function httpClient(baseUrl: string): HttpClient {
  const pool = new Pool(baseUrl, { connections: MOST_CONNECTIONS, pipelining: 1 });
  async function send(method: 'GET' | 'POST', path: string, token: string | undefined, json?: string): Promise<Answer> {
    const { statusCode, body } = await pool.request({
      ...{ method, path, ...(json === undefined ? {} : { body: json }) },
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
    });
    return { status: statusCode, body: await body.text() };
  }
  return {
    post: (path, body, token) => send('POST', path, token, JSON.stringify(body)),
    get: (path, token) => send('GET', path, token),
    close: () => pool.close(),
  };
}

/** The answer, when it says that all went well. Throws otherwise. */
export async function expectOk(pending: Promise<Answer>): Promise<Answer> {
  const answer = await pending;
  if (answer.status < 300) return answer;
  throw new Error(`the answer was ${answer.status}: ${answer.body.slice(0, 400)}`);
}
