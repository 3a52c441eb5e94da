import type { LedgerPort } from '@causeway/eventing';
import type { Log } from '@causeway/messaging';
import { isBound, modelSecret, type CanonicalUrl, type PolicyPack, type SecretReference } from '@causeway/policy';
import type { Edge } from '../edge.ts';
import type { Way } from '../fetch/checked-address.ts';
import { halt } from '../fetch/fetch-stop.ts';
import { bindingStop, mayCarry } from './binding-guard.ts';
import type { PassingScan } from './echo/echo-scan.ts';
import type { Follower } from './echo/follower.ts';
import { held as heldSecrets, type Held } from './held.ts';
import { fieldOf, injectNothing, injectSecret, type Inject } from './inject.ts';
import { oauthTokens } from './oauth.ts';
import type { Payer } from './own-account.ts';
import { ownCalls } from './own-call.ts';
import { fieldProblem } from './secret-value.ts';
import { unavailable } from './secret-unavailable.ts';
import type { Secret } from './secret.ts';
import { fileSource } from './sources/secret-file.ts';
import { vaultSource } from './sources/vault-source.ts';

export type SecretQuestion = {
  /** What the pack says that goes along with it; undefined for nothing. */
  readonly reference: SecretReference | undefined;
  readonly method: string;
  readonly url: CanonicalUrl;
  /** The call that the request is a part of. */
  readonly payer: Payer;
  /** The requests of this call before this one, redirects: which secret each carried. */
  readonly earlier: readonly { readonly secret?: string }[];
};

/** What goes along with a request: `secret` is its name, when there is one. */
export type Prepared = { readonly secret?: string; readonly inject: Inject };

/** The one place where secrets are had. Whatever sends requests asks it for each. */
export type SecretDesk = {
  /**
   * What goes along with this request. A secret goes where it is bound to and nowhere else: a first request elsewhere is refused, one that a
   * redirect leads elsewhere goes without. Throws FetchStopped POLICY_DENIED or SECRET_UNAVAILABLE.
   */
  readonly prepare: (question: SecretQuestion) => Promise<Prepared>;
  /** Looks for every secret of this process in one answer; undefined as long as it has none. */
  readonly scan: () => PassingScan | undefined;
  /** The same for an answer that is passed on while it comes. */
  readonly follow: () => Follower | undefined;
  /** The destination answered that it does not know who asks. */
  readonly refused: (secret: string) => void;
  /**
   * Reads what is mounted, so that it is looked for in answers from the first on; what cannot be read is told in the log. Throws when a value
   * stands in the policy pack.
   */
  readonly open: () => Promise<void>;
  readonly close: () => void;
};

export type SecretParts = {
  readonly way: Way;
  /** The values that this process has; default: none yet. */
  readonly held?: Held;
  readonly ledger: LedgerPort;
  readonly edge: Edge;
  readonly log: Log;
  /** Where secrets are mounted, and the token for Vault. */
  readonly dir: string | undefined;
  readonly vaultTokenFile: string | undefined;
};

/** For a pack without secrets: nothing goes along, and there is nothing to look for. */
export const noSecrets: SecretDesk = {
  prepare: () => Promise.resolve({ inject: injectNothing }),
  scan: () => undefined,
  follow: () => undefined,
  refused: () => {},
  open: () => Promise.resolve(),
  close: () => {},
};

/** The desk for the secrets of one policy pack. */
export function secretDesk({ way, ledger, edge, log, dir, vaultTokenFile, ...shared }: SecretParts): SecretDesk {
  const { pack } = way.policy;
  const { elapsedMs } = edge;
  const held = shared.held ?? heldSecrets(elapsedMs);
  const ownCall = ownCalls({ way, ledger, edge });
  const vault = vaultSource({ pack, tokenFile: vaultTokenFile, ownCall, held, elapsedMs });
  const tokens = oauthTokens({ ownCall, held, elapsedMs });
  const files = dir === undefined ? undefined : fileSource(dir);

  async function fromFile({ name }: SecretReference): Promise<Buffer> {
    if (!files) throw unavailable(name, 'is mounted, and this service is not told where (CAUSEWAY_SECRETS_DIR)');
    return files.read({ name });
  }

  /** A value that stands in the pack is known to everybody who reads the pack. */
  const packText = Buffer.from(JSON.stringify(pack));
  const checked = new WeakSet<Secret>();
  function packProblem(secret: Secret): string | undefined {
    if (checked.has(secret)) return undefined;
    const echo = held.scan()?.feed(packText);
    if (!echo) checked.add(secret);
    return (
      echo && `is not used: the policy pack holds the value of ${echo.name} (${echo.form}); take it out, and change it`
    );
  }

  async function valueOf(reference: SecretReference, payer: Payer): Promise<Secret> {
    const { name, from } = reference;
    const value = held.hold(name, await (from === 'file' ? fromFile(reference) : vault.read(reference, payer)));
    const inPack = packProblem(value);
    if (inPack) throw unavailable(name, inPack);
    const problem = isInField(reference) ? value.use(fieldProblem) : undefined;
    if (problem) throw unavailable(name, `is not used: its value ${problem}`);
    return value;
  }

  return {
    prepare: async (question) => {
      const reference = referenceFor(question);
      if (!reference) return { inject: injectNothing };
      const { payer } = question;
      const value = await valueOf(reference, payer);
      const isOauth = reference.as === 'oauth-client-credentials';
      const sent = isOauth ? await tokens.tokenFor(reference, value, payer) : value;
      return { secret: reference.name, inject: injectSecret(reference, sent, edge.now) };
    },
    scan: held.scan,
    follow: held.follow,
    refused: tokens.forget,
    open: async () => {
      const mounted = referencesIn(pack).filter(({ from }) => from === 'file');
      for (const reference of mounted)
        await fromFile(reference).then(
          (value) => {
            const inPack = packProblem(held.hold(reference.name, value));
            if (inPack) throw new Error(`the secret ${reference.name} ${inPack}`);
          },
          (error: Error) => log.warn({ name: reference.name, why: error.message }, 'a secret cannot be used'),
        );
    },
    close: held.drop,
  };
}

/** What goes along with this very request: a secret that is bound elsewhere ends a first request, and leaves one that was redirected. */
function referenceFor({ reference, ...request }: SecretQuestion): SecretReference | undefined {
  if (!reference) return undefined;
  if (request.earlier.length === 0) halt(bindingStop(reference, request));
  return isBound(reference, request) && mayCarry(reference, request.earlier) ? reference : undefined;
}

/** The pack's secrets, and those of models that stand nowhere else; each name once. */
function referencesIn({ secrets, models }: Pick<PolicyPack, 'secrets' | 'models'>): readonly SecretReference[] {
  const ofModels = models.map((model) => modelSecret(model, secrets)).filter((one) => one !== undefined);
  const all = [...secrets, ...ofModels];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

const isInField = ({ as }: SecretReference): boolean => as === 'bearer' || fieldOf(as) !== undefined;
