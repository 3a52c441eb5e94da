import type { Log } from '@causeway/messaging';
import type { Credential } from '../proxy/credential.ts';
import { forwardRequest, offerForward, type ForwardParts } from '../proxy/forward-request.ts';
import { rawOf, type Authority } from '../proxy/raw-request.ts';
import type { Inner } from './inner-connections.ts';
import { innerRequest, noRequest } from './inner-request.ts';

export type InnerOrigin = {
  /** What the tunnel was asked for with: every request inside is asked for with it again. */
  readonly credential: Credential;
  readonly authority: Authority;
  /** The tunnel's connection. */
  readonly tunnel: string;
};

/** Goes the way of forwarded requests with whatever comes through a tunnel. */
export function innerFor(parts: ForwardParts & { readonly log: Log }, origin: InnerOrigin): Inner {
  const { credential, authority, tunnel } = origin;
  return {
    answer: async (request, response) => {
      const inner = innerRequest(rawOf(request), authority);
      try {
        await forwardRequest(parts, { ...inner, credential, tunnel, request, response });
      } catch (err) {
        parts.log.error({ err }, 'a request through a tunnel failed');
        throw err;
      }
    },
    malformed: (problem) => {
      const offered = offerForward(parts, { ...noRequest(authority, problem), credential, tunnel, gone: NEVER });
      offered.catch((err: unknown) => parts.log.error({ err }, 'what came through a tunnel could not be recorded'));
    },
  };
}

/** What is offered only to be refused waits for nothing. */
const NEVER = new AbortController().signal;
