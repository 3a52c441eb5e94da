import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { instanceAccess, operatorKeyFile, type LocalOperator } from '@causeway/provisioning';

/** What the gateway says when it refuses (RFC 9457), as far as the command line shows it. */
export type ShownProblem = {
  readonly title: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly unknown[];
};

export class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem';
  readonly problem: ShownProblem;
  readonly status: number;
  constructor(problem: ShownProblem, status: number) {
    super(problem.title);
    this.problem = problem;
    this.status = status;
  }
}

/** No answer, so nothing is known about what was asked. */
export class GatewayUnreachable extends Error {
  override readonly name = 'GatewayUnreachable';
}

export type Gateway = {
  readonly get: <Body>(path: string, query?: { readonly [name: string]: string | number | undefined }) => Promise<Body>;
  readonly post: <Body>(path: string, body: unknown) => Promise<Body>;
};

const TIMEOUT_MS = 30_000;

/**
 * The gateway of the instance on this machine, spoken to as one of its local operators, or with the key in `keyFile`. Throws GatewayProblem
 * when it refuses, GatewayUnreachable when it does not answer.
 */
export function gatewayAs(operator: LocalOperator, keyFile?: string): Gateway {
  const { gatewayUrl, home } = instanceAccess();
  const key = readFileSync(keyFile ?? operatorKeyFile(home, operator), 'utf8').trim();
  const call = <Body>(method: string, url: URL, body?: unknown): Promise<Body> =>
    exchange(method, url, key, body) as Promise<Body>;
  return {
    get: (path, query = {}) => {
      const url = new URL(path, gatewayUrl);
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) url.searchParams.set(name, String(value));
      return call('GET', url);
    },
    post: (path, body) => call('POST', new URL(path, gatewayUrl), body),
  };
}

/** One line for the refusal, then one for each field that is wrong. */
export function problemText({ title, detail, code, errors = [] }: ShownProblem): string {
  const head = `${title}${detail ? `: ${detail}` : ''}${code ? ` (${code})` : ''}`;
  return [head, ...errors.map((error) => `  - ${typeof error === 'string' ? error : JSON.stringify(error)}`)].join(
    '\n',
  );
}

function exchange(method: string, url: URL, key: string, body?: unknown): Promise<unknown> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${key}`,
    accept: 'application/json',
    ...(payload !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, timeout: TIMEOUT_MS, agent: false }, (response) => {
      const parts: string[] = [];
      response.setEncoding('utf8');
      response.on('data', (part: string) => parts.push(part));
      response.once('error', (error) => reject(unreachable(url, error.message)));
      response.once('end', () => {
        const status = response.statusCode ?? 0;
        const answer = parsed(parts.join(''));
        if (status >= 200 && status < 300) resolve(answer);
        else reject(new GatewayProblem(problemIn(answer, status), status));
      });
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.once('error', (error: NodeJS.ErrnoException) => reject(unreachable(url, error.code ?? error.message)));
    sent.end(payload);
  });
}

function unreachable(url: URL, why: string): GatewayUnreachable {
  return new GatewayUnreachable(
    `the gateway at ${url.origin} does not answer (${why}); \`./causeway status\` says what runs`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemIn(answer: unknown, status: number): ShownProblem {
  const isProblem =
    typeof answer === 'object' && answer !== null && 'title' in answer && typeof answer.title === 'string';
  return isProblem ? (answer as ShownProblem) : { title: `the gateway answered ${status}` };
}
