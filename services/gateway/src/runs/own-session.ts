import type { Principal } from '../identity/principal.ts';

/** The session of an agent. Throws for anybody else: only routes for agents alone may ask. */
export function ownSession(principal: Principal): string {
  if (principal.role !== 'agent') throw new Error(`a ${principal.role} reached what is for agents alone`);
  return principal.sessionId;
}
