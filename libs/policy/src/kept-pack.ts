import { packStreamOf, type RunOrchestratorEvent } from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import { createPolicy, type CedarPolicy } from './decide.ts';
import { joinedParts } from './pack-parts.ts';
import { parsePack, type PackFiles, type PolicyPack } from './pack.ts';

type Kept = Extract<RunOrchestratorEvent, { type: 'policy.recorded' }>;
/** A pack that is kept and cannot be used. */
export class KeptPackError extends Error {
  readonly code = 'KEPT_PACK_UNUSABLE';
}

type Reading = Pick<LedgerPort, 'readStream'>;

/** The files of the pack with this digest, as the ledger keeps them; undefined when it does not. */
export async function keptFiles(ledger: Reading, digest: string): Promise<PackFiles | undefined> {
  const recorded = (await ledger.readStream(packStreamOf(digest), 1)) as readonly unknown[] as readonly Kept[];
  const parts = recorded
    .filter(({ type }) => type === 'policy.recorded')
    .map(({ data: { file, text } }) => ({ file, text }));
  return parts.length === 0 ? undefined : joinedParts(parts);
}

/**
 * The policy with this digest, made of what the ledger keeps; undefined when it keeps nothing of it. Throws KeptPackError when this version
 * cannot read the pack, or what is kept is another one: nothing is decided with either.
 */
export async function keptPolicy(ledger: Reading, digest: string): Promise<CedarPolicy | undefined> {
  const files = await keptFiles(ledger, digest);
  if (!files) return undefined;
  const pack = readAgain(files, digest);
  if (pack.digest !== digest) throw new KeptPackError(`what is kept as the policy pack ${digest} is ${pack.digest}`);
  return createPolicy(pack);
}

function readAgain(files: PackFiles, digest: string): PolicyPack {
  try {
    return parsePack(files, {});
  } catch (cause) {
    throw new KeptPackError(`the policy pack ${digest} cannot be read by this version`, { cause });
  }
}
