import type { ServerResponse } from 'node:http';
import type { Rejection } from '@causeway/contracts';
import { canonicalUrl } from '@causeway/policy';
import { refuse } from '../proxy/answers.ts';
import type { Credential } from '../proxy/credential.ts';
import { forwardProblem, type RawRequest } from '../proxy/raw-request.ts';
import type { UnownedAttempts } from '../proxy/unowned-attempts.ts';
import { AUTHORITY_URL } from './authority-url.ts';
import type { RunAuthorities } from './run-authorities.ts';

export type AuthorityPage = {
  /** Whether this is a well-formed request for the page. */
  readonly isMeant: (raw: RawRequest) => boolean;
  readonly answer: (response: ServerResponse, credential: Credential) => Promise<void>;
};

type Parts = {
  readonly authorities: Pick<RunAuthorities, 'certificateOf'>;
  /** Hosts whose tunnels are looked into, by the pack in force. */
  readonly patterns: () => readonly string[];
  /** Why a credential is none; undefined when it is one. */
  readonly check: (credential: Credential) => Promise<Rejection | undefined>;
  readonly unowned: UnownedAttempts;
};

/** The page that has the certificate of a run's authority, for whoever has the run's credential. */
export function authorityPage({ authorities, patterns, check, unowned }: Parts): AuthorityPage {
  return {
    isMeant: isAuthorityRequest,
    answer: async (response, credential) => {
      const invalid = await check(credential);
      if (invalid?.code === 'CREDENTIAL_INVALID') unowned.note(invalid.code);
      if (invalid) return refuse(response, invalid);
      const hosts = patterns();
      if (hosts.length === 0) return refuse(response, NOTHING_TO_TRUST);
      const pem = await authorities.certificateOf(credential.runId, hosts);
      response.writeHead(200, {
        'content-type': 'application/x-pem-file',
        'content-length': String(Buffer.byteLength(pem)),
        'cache-control': 'no-store',
      });
      response.end(response.req.method === 'HEAD' ? undefined : pem);
    },
  };
}

/** Whether a request is for the page, and has the form that requests through the proxy have. */
export function isAuthorityRequest(raw: RawRequest): boolean {
  if (raw.method !== 'GET' && raw.method !== 'HEAD') return false;
  const read = canonicalUrl(raw.target);
  return read.ok && read.url.href === AUTHORITY_URL && forwardProblem(raw) === undefined;
}

const NOTHING_TO_TRUST: Rejection = {
  code: 'POLICY_DENIED',
  detail: 'the policy in force looks into no tunnels (egress.intercept), so there is no authority to trust',
};
