import type { IncomingHttpHeaders } from 'node:http';

/** The credential that a request comes with, in the form of an `Authorization` header: clients of Anthropic's send it as `x-api-key`. */
export function presentedCredential(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['x-api-key'];
  return headers.authorization ?? (typeof key === 'string' ? `Bearer ${key}` : undefined);
}
