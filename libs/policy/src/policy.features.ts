import { createPolicy, type CedarPolicy } from './decide.ts';
import { parsePack, type PolicyPack } from './pack.ts';

const PACK = `id: test
version: '7'
description: For tests.
limits: { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60000, defaultWallClockMs: 60000 }
approvals: { expiresAfterMs: 60000 }
destinations: [{ name: wiki, host: wiki.internal, address: 10.0.0.5, port: 8080 }]
egress: { maxRequestBytes: 100, maxResponseBytes: 200, timeoutMs: 1000, maxRedirects: 3 }
`;

/** A permit with this id, action and condition; `extra` are more annotations. */
export const permit = (id: string, action: string, when = 'true', extra = ''): string =>
  `@id("${id}")${extra} permit (principal, action == Action::"${action}", resource) when { ${when} };\n`;

/** The pack of these rules, and of settings added to usual ones. */
export const packOf = (
  rules: string,
  more: { readonly constitution?: string; readonly settings?: string } = {},
): PolicyPack =>
  parsePack(
    {
      ...{ 'pack.yaml': PACK + (more.settings ?? ''), 'constitution.cedar': more.constitution ?? '' },
      'policy.cedar': rules,
    },
    {},
  );

export const policyOf = (...of: Parameters<typeof packOf>): CedarPolicy => createPolicy(packOf(...of));

/** A call of `network.http-fetch`. */
export const fetching = (url: string, more: object = {}) => ({
  ...{ agentId: 'agent-1', capability: 'network.http-fetch' },
  input: { url, method: 'GET', headers: {}, ...more },
});
