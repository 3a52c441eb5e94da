import type { PolicyRef } from '@causeway/contracts';

/** Which pack is in force, and which rules were revoked: what the stream of policy events comes to. */
export type PolicyStanding = {
  readonly active: PolicyRef | undefined;
  /** The pack that came last from a folder of the service itself. */
  readonly folder: string | undefined;
  /** By digest and by rule: at which event of the stream that was last. */
  readonly activatedAt: Readonly<Record<string, number>>;
  readonly revokedAt: Readonly<Record<string, number>>;
  /** Events seen. */
  readonly version: number;
};

/** What of a policy event bears on what is in force. */
export type PolicyEvent =
  | {
      readonly type: 'policy.activated';
      readonly data: { readonly policy: PolicyRef; readonly source?: 'command' | 'folder' | undefined };
    }
  | { readonly type: 'policy.revoked'; readonly data: { readonly rule: string } };

export const noStanding = (): PolicyStanding => ({
  ...{ active: undefined, folder: undefined, version: 0 },
  ...{ activatedAt: {}, revokedAt: {} },
});

/** What is in force after an event of the stream; others than policy's are counted only. */
export function evolveStanding(
  standing: PolicyStanding,
  event: PolicyEvent | { readonly type: string },
): PolicyStanding {
  const version = standing.version + 1;
  if (isActivation(event)) {
    const { policy, source = 'folder' } = event.data;
    const folder = source === 'folder' ? policy.digest : standing.folder;
    const activatedAt = { ...standing.activatedAt, [policy.digest]: version };
    return { ...standing, active: policy, folder, activatedAt, version };
  }
  if (isRevocation(event)) {
    return { ...standing, revokedAt: { ...standing.revokedAt, [event.data.rule]: version }, version };
  }
  return { ...standing, version };
}

type Of<Type extends PolicyEvent['type']> = Extract<PolicyEvent, { type: Type }>;
const isActivation = (event: { readonly type: string }): event is Of<'policy.activated'> =>
  event.type === 'policy.activated';
const isRevocation = (event: { readonly type: string }): event is Of<'policy.revoked'> =>
  event.type === 'policy.revoked';

/**
 * The rules of this pack that count as revoked: those that were revoked after the pack was last activated. Whoever activates a pack again, or
 * another one, has seen its rules.
 */
export function revokedIn({ revokedAt, activatedAt }: PolicyStanding, digest: string): readonly string[] {
  const since = activatedAt[digest] ?? 0;
  return Object.entries(revokedAt)
    .filter(([, at]) => at > since)
    .map(([rule]) => rule)
    .sort();
}
