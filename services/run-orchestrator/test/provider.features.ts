import type { FetchResult, MessageContract, ReplyEnvelope, ReplyOf, RequestMeta, StepGrant } from '@causeway/contracts';
import type { Bus, RequestOptions } from '@causeway/messaging';
import { DIGEST, POLICY, RUN, SESSION } from './run.features.ts';

export const grant = (more: Partial<StepGrant> = {}): StepGrant => ({
  ...{ callId: 'call_00000000000000000000000001', sessionId: SESSION, agentId: 'researcher', runId: RUN, stepId: 's1' },
  ...{ attempt: 1, rule: 'read-pages', policy: POLICY, byteAllowance: 1_000, inputDigest: DIGEST },
  deadlineAt: '2099-01-01T00:00:00.000Z',
  ...more,
});

export const PAGE: FetchResult = {
  ...{ status: 200, url: 'https://example.org/', headers: {}, contentType: 'text/plain', body: 'hello' },
  ...{ bodyEncoding: 'utf8', sizeBytes: 5, sha256: DIGEST, redirects: 0 },
};

/** What a provider answers. */
export const reply = (more: { result?: FetchResult; factPosition?: number } = {}) => ({
  ok: true,
  value: { result: PAGE, bytesIn: 20, bytesOut: 10, ...more },
});

type Request = {
  readonly contract: MessageContract;
  readonly data: unknown;
  readonly meta: RequestMeta;
  readonly options: RequestOptions | undefined;
};

/** A bus that answers what it is told, one request after another, and keeps what it was asked. */
export function scriptedBus(...answers: readonly unknown[]): Pick<Bus, 'request'> & { readonly requests: Request[] } {
  const requests: Request[] = [];
  return {
    requests,
    request: async <C extends MessageContract>(
      contract: C,
      data: unknown,
      meta: RequestMeta,
      options?: RequestOptions,
    ): Promise<ReplyEnvelope<ReplyOf<C>>> => {
      requests.push({ contract, data, meta, options });
      if (requests.length > answers.length) throw new Error(`nobody told what to answer to ${contract.name}`);
      return answers[requests.length - 1] as ReplyEnvelope<ReplyOf<C>>;
    },
  };
}
