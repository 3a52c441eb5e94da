import { z } from 'zod';

/** Roles of people and their machines. An admin may do what any of the others may, but never what only an agent does. */
export const OPERATOR_ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export const OperatorRole = z.enum(OPERATOR_ROLES);
export type OperatorRole = z.infer<typeof OperatorRole>;

/** Every role a credential can carry: a session token carries `agent`, an operator key one of the others. */
export const ROLES = ['agent', ...OPERATOR_ROLES] as const;
export type Role = (typeof ROLES)[number];

/** Who may look. */
export const READERS = OPERATOR_ROLES;
/** Who may start, stop and revoke. */
export const OPERATORS = ['operator', 'admin'] as const satisfies readonly Role[];
/** Who may decide an approval. */
export const APPROVERS = ['approver', 'admin'] as const satisfies readonly Role[];
export const ADMINS = ['admin'] as const satisfies readonly Role[];
export const AGENTS = ['agent'] as const satisfies readonly Role[];
