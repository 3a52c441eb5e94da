import { bracketed, type NamedDestination, type PolicyPack, type SecretReference } from '@causeway/policy';
import { z } from 'zod';
import type { Held } from '../held.ts';
import type { Payer } from '../own-account.ts';
import type { OwnCall } from '../own-call.ts';
import { valueProblem } from '../secret-value.ts';
import { unavailable } from '../secret-unavailable.ts';
import { readSecretFile } from './secret-file.ts';
import type { SecretSource } from './source.ts';

/** What the token for Vault is called where secrets are named. */
export const VAULT_TOKEN = 'vault-token';
/** How long a value is good before Vault is asked again. */
const FRESH_MS = 60_000;

/** KV version 2, "Read secret version". A version that was deleted has no data. */
const Answer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });

export type VaultParts = {
  readonly pack: Pick<PolicyPack, 'vault' | 'destinations'>;
  readonly tokenFile: string | undefined;
  readonly ownCall: OwnCall;
  readonly held: Held;
  readonly elapsedMs: () => number;
};

type Fresh = { readonly value: Buffer; readonly untilMs: number };

/**
 * HashiCorp Vault's KV version 2 over its HTTP API: `GET /v1/<mount>/data/<path>` with the token that is in a file. Vault is a named destination,
 * asked over https by a recorded call of our own. A value is kept for a minute.
 */
export function vaultSource(parts: VaultParts): SecretSource {
  const fresh = new Map<string, Fresh>();

  async function ask(reference: SecretReference, payer: Payer): Promise<Buffer> {
    const { name, from } = reference;
    const { vault } = parts.pack;
    const destination = parts.pack.destinations.find((one) => one.name === vault?.destination);
    if (from === 'file' || !vault || !destination || parts.tokenFile === undefined)
      throw unavailable(name, 'comes from Vault, and this service is not told how to reach it');
    const token = parts.held.hold(VAULT_TOKEN, await readSecretFile(VAULT_TOKEN, parts.tokenFile));
    const answer = await parts.ownCall({
      ...{ name, payer, method: 'GET', url: urlOf(destination, `${vault.mount}/data/${from.vault.path}`) },
      fields: () => ({
        'x-vault-token': token.use((value) => value.toString('latin1')),
        'x-vault-request': 'true',
        ...(vault.namespace === undefined ? {} : { 'x-vault-namespace': vault.namespace }),
      }),
    });
    return fieldIn(answer, name, from.vault.field);
  }

  return {
    read: async (reference, payer) => {
      const known = fresh.get(reference.name);
      if (known && known.untilMs > parts.elapsedMs()) return Buffer.from(known.value);
      const value = await ask(reference, payer);
      known?.value.fill(0);
      fresh.set(reference.name, { value, untilMs: parts.elapsedMs() + FRESH_MS });
      return Buffer.from(value);
    },
  };
}

const urlOf = ({ host, port }: NamedDestination, path: string): string =>
  `https://${bracketed(host)}:${port}/v1/${path}`;

function fieldIn(
  { status, body }: { readonly status: number; readonly body: Uint8Array },
  name: string,
  field: string,
) {
  if (status !== 200) throw unavailable(name, `cannot be read: Vault answered with status ${status}`);
  const read = Answer.safeParse(asJson(body));
  const found = read.success ? read.data.data.data[field] : undefined;
  if (typeof found !== 'string') throw unavailable(name, `cannot be read: Vault has no text in its field ${field}`);
  const value = Buffer.from(found);
  const problem = valueProblem(value);
  if (problem) throw unavailable(name, `is not used: its value ${problem}`);
  return value;
}

/** What an answer says, or undefined; why it is no JSON could show parts of it. */
export function asJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
