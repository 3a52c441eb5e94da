import type { Actor, OperatorRole, Role } from '@causeway/contracts';

/** Who a credential stands for. */
export type Principal =
  | { readonly role: 'agent'; readonly actor: Actor; readonly sessionId: string }
  | { readonly role: OperatorRole; readonly actor: Actor }
  | { readonly role: 'anyone'; readonly actor: Actor };

/** Whoever asks what anyone may ask: the gateway asks in its own name. */
export const ANYONE: Principal = { role: 'anyone', actor: { kind: 'system', id: 'gateway' } };

export const agentPrincipal = (session: { agentId: string; sessionId: string }): Principal => ({
  role: 'agent',
  actor: { kind: 'agent', id: session.agentId },
  sessionId: session.sessionId,
});
export const operatorPrincipal = (key: { id: string; role: OperatorRole }): Principal => ({
  role: key.role,
  actor: { kind: 'operator', id: key.id },
});

/** The part of a query or command that keeps an agent within its own session; nothing for people. */
export const sessionScope = (principal: Principal): { sessionId?: string } =>
  principal.role === 'agent' ? { sessionId: principal.sessionId } : {};

/** Whether a role is among those that may. */
export const mayUse = (roles: readonly Role[], principal: Principal): boolean =>
  (roles as readonly string[]).includes(principal.role);
