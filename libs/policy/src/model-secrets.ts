import type { ModelDialect } from '@causeway/contracts';
import { bracketed, canonicalUrl, type CanonicalUrl } from './canonical-url.ts';
import { isBound } from './secret-binding.ts';
import type { SecretReference } from './secret-settings.ts';

type Model = { readonly dialect: ModelDialect; readonly url: string; readonly secret?: string | undefined };
type Problem = { readonly path: (string | number)[]; readonly message: string };

/** How clients of each dialect say who they are. */
const SENT_AS: Readonly<Record<ModelDialect, string>> = { openai: 'bearer', anthropic: 'header:x-api-key' };
const METHOD = 'POST';

/**
 * The secret that goes along with calls of a model: the one of that name among the pack's secrets, else a mounted file of that name, which is
 * bound to the model's very address and sent as its dialect has it. Undefined for a model without one.
 */
export function modelSecret(
  { dialect, url: raw, secret: name }: Model,
  secrets: readonly SecretReference[],
): SecretReference | undefined {
  const read = canonicalUrl(raw);
  if (name === undefined || !read.ok) return undefined;
  const named = secrets.find((secret) => secret.name === name);
  return named ?? { name, destination: addressOf(read.url), as: SENT_AS[dialect], from: 'file' };
}

const addressOf = ({ host, port, path }: CanonicalUrl): SecretReference['destination'] => ({
  ...{ scheme: 'https', host, port, methods: [METHOD], pathPrefix: path },
});

/** What is wrong with the secrets of models: they are sent over https alone, and one that is bound is bound to where the model is. */
export function modelSecretProblems({
  models,
  secrets,
}: {
  readonly models: readonly Model[];
  readonly secrets: readonly SecretReference[];
}): readonly Problem[] {
  return models.flatMap((model, index) => {
    const read = canonicalUrl(model.url);
    if (model.secret === undefined || !read.ok) return [];
    if (read.url.scheme !== 'https') return [{ path: ['models', index, 'url'], message: inTheClear(model.secret) }];
    const named = secrets.find(({ name }) => name === model.secret);
    if (named === undefined || isBound(named, { method: METHOD, url: read.url })) return [];
    return [{ path: ['models', index, 'secret'], message: boundElsewhere(model.secret, read.url) }];
  });
}

const inTheClear = (secret: string): string =>
  `must be https, since the secret ${secret} goes along: a secret is never sent in the clear; use https, or leave secret out`;

const boundElsewhere = (secret: string, { host, port, path }: CanonicalUrl): string =>
  `${secret} is bound to another destination under secrets; bind it to ${METHOD} https://${bracketed(host)}:${port}${path}, or take it out there: then it is a mounted file for this address`;
