import { POLICY_STREAM } from '@causeway/contracts';
import { packParts, policyRef, type PackFiles, type PolicyPack } from '@causeway/policy';
import type { Parts } from '../parts.ts';
import type { LivePolicies } from './policies.ts';

type Folder = { readonly pack: PolicyPack; readonly files: PackFiles };

/** Seals the pack of the service's folder as the one for new runs when the folder has another than before, and takes over what is in force. */
export async function activateFolder(
  { handlers, edge, executor }: Pick<Parts, 'handlers' | 'edge' | 'executor'>,
  policies: LivePolicies,
  { pack, files }: Folder,
): Promise<void> {
  const command = {
    type: 'activate-folder' as const,
    policy: policyRef(pack),
    parts: packParts(files),
    at: edge.now(),
  };
  const context = { actor: { kind: 'system' as const, id: executor } };
  const handled = await handlers.policy.handle(POLICY_STREAM, command, context);
  await policies.know(handled.state);
}
