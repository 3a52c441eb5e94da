import type { RouteContract } from '@causeway/contracts';
import { RefusedError } from '../http/refused.ts';
import { mayUse, type Principal } from './principal.ts';

/** Ways to find out whom a bearer token stands for. Each may throw when it cannot tell. */
export type Identities = {
  readonly agentOf: (token: string) => Promise<Principal | undefined>;
  readonly operatorOf: (key: string) => Principal | undefined;
};

const BEARER = /^bearer +([\x21-\x7e]{1,512}) *$/i;
const SESSION_TOKEN = /^cwa_[A-Za-z0-9_-]{43}$/;

/**
 * Who sends a request with this `Authorization` header (RFC 6750), when the route takes them. RefusedError CREDENTIAL_MISSING,
 * CREDENTIAL_INVALID or ROLE_REQUIRED otherwise.
 */
export async function admitted(
  route: RouteContract,
  authorization: string | undefined,
  identities: Identities,
): Promise<Principal | undefined> {
  if (route.roles === 'anyone') return undefined;
  const principal = await identify(authorization, identities);
  if (mayUse(route.roles, principal)) return principal;
  throw new RefusedError(
    'ROLE_REQUIRED',
    `${route.operationId} is not for the role ${principal.role}; use a credential with one of: ${route.roles.join(', ')}`,
    { allowed: route.roles.map((role) => `A credential with the role ${role}.`) },
  );
}

async function identify(authorization: string | undefined, identities: Identities): Promise<Principal> {
  if (authorization === undefined) {
    throw new RefusedError(
      'CREDENTIAL_MISSING',
      'send the header authorization: Bearer and a session token or operator key',
    );
  }
  const presented = BEARER.exec(authorization)?.[1];
  if (presented === undefined) {
    throw new RefusedError(
      'CREDENTIAL_INVALID',
      'the authorization header does not fit; it must be: Bearer and one token',
    );
  }
  const principal = SESSION_TOKEN.test(presented)
    ? await identities.agentOf(presented)
    : identities.operatorOf(presented);
  if (principal) return principal;
  throw new RefusedError('CREDENTIAL_INVALID', 'the token is unknown or revoked; ask an operator for another one');
}
