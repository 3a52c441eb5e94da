import type { SecretReference } from '@causeway/policy';
import { z } from 'zod';
import { unlessAborted } from '../fetch/unless-aborted.ts';
import type { Held } from './held.ts';
import { basic } from './inject.ts';
import type { Payer } from './own-account.ts';
import type { OwnCall } from './own-call.ts';
import type { Secret } from './secret.ts';
import { unavailable } from './secret-unavailable.ts';
import { fieldProblem, valueProblem } from './secret-value.ts';
import { asJson } from './sources/vault-source.ts';

/** RFC 6749 section 5.1. A refresh token, which section 4.4.3 says is not to be there, is not looked at. */
const Answer = z.object({
  access_token: z.string(),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().min(1).optional(),
});
/** A token is no longer used this long before it ends: the request has to arrive, too. */
const MARGIN_MS = 30_000;
/** When nobody says how long a token is good, or says more than a day. */
const UNSAID_MS = 60_000;
const MOST_MS = 86_400_000;

export type Tokens = {
  /** The token for this client, obtained anew when there is none that is good. Throws FetchStopped SECRET_UNAVAILABLE. */
  readonly tokenFor: (reference: SecretReference, secret: Secret, payer: Payer) => Promise<Secret>;
  /** The destination does not take the token any more: the next request gets another. */
  readonly forget: (name: string) => void;
};

type Kept = {
  readonly by: Secret;
  readonly untilMs: number;
  readonly token: Promise<Secret>;
  /** Of the call that obtains it. */
  readonly signal: AbortSignal;
};
type Obtained = { readonly token: Secret; readonly goodMs: number };

/**
 * Tokens for OAuth 2.0's client credentials grant (RFC 6749 section 4.4). One question at a time for each client: who comes meanwhile waits for its
 * answer, and asks anew when the call that asked first was stopped. A token is never shown to anybody; it is looked for in answers as the client's secret is.
 */
export function oauthTokens({
  ownCall,
  held,
  elapsedMs,
}: {
  readonly ownCall: OwnCall;
  readonly held: Held;
  readonly elapsedMs: () => number;
}): Tokens {
  const kept = new Map<string, Kept>();

  async function obtain(reference: SecretReference, secret: Secret, payer: Payer): Promise<Obtained> {
    const { name, clientId = '', tokenUrl = '', scope } = reference;
    const answer = await ownCall({
      ...{ name, payer, method: 'POST', url: tokenUrl },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
      }).toString(),
      fields: () => ({ authorization: secret.use((value) => clientAuthorization(clientId, value)) }),
    });
    return tokenIn(answer, name);
  }

  function tokenIn({ status, body }: Awaited<ReturnType<OwnCall>>, name: string): Obtained {
    if (status !== 200) throw unavailable(name, `got no token: the token address answered with status ${status}`);
    const read = Answer.safeParse(asJson(body));
    if (!read.success)
      throw unavailable(name, 'got no token: the answer is not one of a token address (RFC 6749 section 5.1)');
    const value = Buffer.from(read.data.access_token);
    const problem = valueProblem(value) ?? fieldProblem(value);
    if (problem) throw unavailable(name, `got a token that is not used: it ${problem}`);
    return { token: held.hold(`${name} token`, value), goodMs: goodFor(read.data.expires_in) };
  }

  async function obtainAndKeep(reference: SecretReference, secret: Secret, payer: Payer): Promise<Secret> {
    const { name } = reference;
    const { signal } = payer;
    const asked = obtain(reference, secret, payer);
    const token = asked.then((obtained) => obtained.token);
    // Whoever waits for it hears of a failure; without anybody it would end the process.
    token.catch(() => {});
    const found = { by: secret, token, signal };
    kept.set(name, { ...found, untilMs: Number.POSITIVE_INFINITY });
    try {
      const { goodMs } = await asked;
      if (kept.get(name)?.token === token) kept.set(name, { ...found, untilMs: elapsedMs() + goodMs });
      return await token;
    } catch (error) {
      if (kept.get(name)?.token === token) kept.delete(name);
      throw error;
    }
  }

  /** The token that another call obtains; undefined when that call was stopped before it had it. */
  async function obtainedBy(other: Kept, name: string, { signal }: Payer): Promise<Secret | undefined> {
    try {
      return await unlessAborted(other.token, signal);
    } catch (error) {
      if (signal.aborted) throw unavailable(name, 'was waited for, and the call that needs it was stopped');
      if (other.signal.aborted) return undefined;
      throw error;
    }
  }

  return {
    tokenFor: async (reference, secret, payer) => {
      const { name } = reference;
      for (;;) {
        const known = kept.get(name);
        if (!known || known.by !== secret || known.untilMs <= elapsedMs())
          return obtainAndKeep(reference, secret, payer);
        const token = await obtainedBy(known, name, payer);
        if (token) return token;
        if (kept.get(name) === known) kept.delete(name);
      }
    },
    forget: (name) => void kept.delete(name),
  };
}

/** For how long a token is used, in ms. */
export function goodFor(expiresInSeconds: number | undefined): number {
  if (expiresInSeconds === undefined) return UNSAID_MS;
  const wholeMs = Math.min(expiresInSeconds * 1_000, MOST_MS);
  return Math.max(wholeMs - MARGIN_MS, wholeMs / 2);
}

/** Name and secret of the client, each encoded as a form has it, before they are put together (RFC 6749 section 2.3.1). */
export const clientAuthorization = (clientId: string, secret: Uint8Array): string =>
  basic(asFormText(clientId), Buffer.from(asFormText(Buffer.from(secret).toString('utf8'))));

const asFormText = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
