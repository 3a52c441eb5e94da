/** A dependency constraint of `@nx/enforce-module-boundaries`. */
export type DepConstraint = {
  readonly sourceTag: string;
  readonly onlyDependOnLibsWithTags?: readonly string[];
  readonly notDependOnLibsWithTags?: readonly string[];
  readonly allowedExternalImports?: readonly string[];
};

export const SERVICES = ['gateway', 'run-orchestrator', 'egress-proxy', 'resource-store', 'audit-ledger'] as const;

/** They hold no truth and keep no table, so nothing that they use may reach Postgres. */
const WITHOUT_DATABASE: readonly string[] = ['gateway', 'egress-proxy'];

export const OUTER_SCOPES = ['witness', 'cli', 'demo', 'bench', 'e2e', 'tools'] as const;

const scopeConstraint = (scope: string): DepConstraint => ({
  sourceTag: `scope:${scope}`,
  onlyDependOnLibsWithTags: [...new Set([`scope:${scope}`, 'scope:shared'])],
  ...(WITHOUT_DATABASE.includes(scope) ? { notDependOnLibsWithTags: ['infra:postgres'] } : {}),
});

const typeConstraint = (type: string, targets: readonly string[]): DepConstraint => ({
  sourceTag: `type:${type}`,
  onlyDependOnLibsWithTags: targets.map((target) => `type:${target}`),
});

/**
 * Who may import whom. There is no `*` entry: a project without tags may depend on nothing. Scopes come first: they alone hold back
 * `type:testing` and `type:tooling`, which may use every library.
 */
export const DEP_CONSTRAINTS: readonly DepConstraint[] = [
  ...['shared', ...SERVICES, ...OUTER_SCOPES].map(scopeConstraint),
  { ...typeConstraint('contract', ['contract']), allowedExternalImports: ['zod'] },
  { ...typeConstraint('kernel', []), allowedExternalImports: [] },
  typeConstraint('adapter', ['kernel', 'contract', 'adapter']),
  typeConstraint('service', ['kernel', 'contract', 'adapter']),
  // Another trust domain: it shares nothing with the services but the formats, and no package at all.
  { ...typeConstraint('witness', ['kernel']), allowedExternalImports: [] },
];

/** The same for specifications, which may start real infrastructure and so stand above every library; services still never meet. */
export const SPEC_DEP_CONSTRAINTS: readonly DepConstraint[] = DEP_CONSTRAINTS.filter(({ sourceTag }) =>
  sourceTag.startsWith('scope:'),
).map(({ sourceTag, onlyDependOnLibsWithTags = [] }) => ({ sourceTag, onlyDependOnLibsWithTags }));
