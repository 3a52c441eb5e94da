import { bracketed } from '@causeway/policy';
import type { Authority, RawRequest } from '../proxy/raw-request.ts';

/** A request as it came out of a tunnel, written as one in absolute form for the tunnel's host; and what is wrong with it that then cannot be seen. */
export type InnerRequest = { readonly raw: RawRequest; readonly problem?: string };

/**
 * The request that a client sent through a tunnel to this authority, as if it had sent it to the proxy. Its target has to be a path (origin form, RFC
 * 9112 section 3.2.1): nothing in it says where the request goes but the tunnel.
 */
export function innerRequest(raw: RawRequest, { host, port }: Authority): InnerRequest {
  const origin = `https://${bracketed(host)}:${port}`;
  const whole = (path: string): RawRequest => ({ ...raw, target: origin + path });
  return raw.target.startsWith('/') ? { raw: whole(raw.target) } : { raw: whole('/'), problem: NO_PATH };
}

const NO_PATH = 'inside of a tunnel the target of a request must be a path';

/** What a client sent through a tunnel to this authority that is no request to be forwarded at all. */
export const noRequest = (authority: Authority, problem: string): InnerRequest => ({
  raw: innerRequest({ method: '', target: '/', httpVersion: '', rawHeaders: [] }, authority).raw,
  problem,
});
