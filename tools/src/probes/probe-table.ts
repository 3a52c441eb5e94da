import { HOUSE_STYLE_PROBES } from './house-style-probes.ts';
import { importing, MARK, type Probe } from './probe.ts';
import { REACH_PROBES } from './reach-probes.ts';
import { OUTER_SCOPES, SERVICES } from '../lint/boundaries.ts';

export const BOUNDARIES = '@nx/enforce-module-boundaries';

const nx = { rule: BOUNDARIES };
const tagged = (tag: string): string => `tagged with "${tag}"`;

/** Its package.json, planted beside it, has no tags. */
export const UNTAGGED_PROJECT = `libs/${MARK}`;

const SERVICE_PROBES: readonly Probe[] = SERVICES.map((service, i) => ({
  title: `${service} imports another service by name`,
  file: `services/${service}/src/${MARK}/service.ts`,
  code: importing(`@causeway/${SERVICES[(i + 1) % SERVICES.length]}`),
  ...nx,
  says: tagged(`scope:${service}`),
}));

const OUTER_PROBES: readonly Probe[] = OUTER_SCOPES.map((scope) => ({
  title: `${scope} imports a service`,
  file: `${scope}/src/${MARK}/service.ts`,
  code: importing('@causeway/gateway'),
  ...nx,
  says: tagged(`scope:${scope}`),
}));

const DATABASE_PROBES: readonly Probe[] = ['gateway', 'egress-proxy'].map((service) => ({
  title: `${service} takes a database`,
  file: `services/${service}/src/${MARK}/postgres.ts`,
  code: importing('@causeway/postgres'),
  ...nx,
  says: '"infra:postgres"',
}));

const BOUNDARY_PROBES: readonly Probe[] = [
  {
    title: 'a service reaches into another by a relative path',
    file: `services/gateway/src/${MARK}/relative.ts`,
    code: importing('../../../egress-proxy/src/main.ts'),
    ...nx,
    says: 'relative or absolute',
  },
  {
    title: 'a library imports a service',
    file: `libs/policy/src/${MARK}/service.ts`,
    code: importing('@causeway/gateway'),
    ...nx,
    says: tagged('scope:shared'),
  },
  {
    title: 'an adapter imports tooling',
    file: `libs/policy/src/${MARK}/tooling.ts`,
    code: importing('@causeway/provisioning'),
    ...nx,
    says: tagged('type:adapter'),
  },
  {
    title: 'a service imports the testing library outside a specification',
    file: `services/audit-ledger/src/${MARK}/testing.ts`,
    code: importing('@causeway/testing'),
    ...nx,
    says: tagged('type:service'),
  },
  {
    title: 'a kernel library imports the contracts',
    file: `libs/eventing/src/${MARK}/contracts.ts`,
    code: importing('@causeway/contracts'),
    ...nx,
    says: tagged('type:kernel'),
  },
  {
    title: 'a kernel library imports a package',
    file: `libs/ledger/src/${MARK}/package.ts`,
    code: importing('zod'),
    ...nx,
    says: tagged('type:kernel'),
  },
  {
    title: 'the witness imports the contracts',
    file: `witness/src/${MARK}/contracts.ts`,
    code: importing('@causeway/contracts'),
    ...nx,
    says: tagged('type:witness'),
  },
  {
    title: 'the witness imports a package',
    file: `witness/src/${MARK}/package.ts`,
    code: importing('zod'),
    ...nx,
    says: tagged('type:witness'),
  },
  {
    title: 'the contracts import a kernel library',
    file: `libs/contracts/src/${MARK}/kernel.ts`,
    code: importing('@causeway/eventing'),
    ...nx,
    says: tagged('type:contract'),
  },
  {
    title: 'the contracts import a package besides zod',
    file: `libs/contracts/src/${MARK}/package.ts`,
    code: importing('yaml'),
    ...nx,
    says: tagged('type:contract'),
  },
  {
    title: 'a package is used that package.json does not name',
    file: `libs/policy/src/${MARK}/transitive.ts`,
    code: importing('picocolors'),
    ...nx,
    says: 'Transitive',
  },
  {
    title: 'a project without tags depends on a library',
    file: `${UNTAGGED_PROJECT}/src/index.ts`,
    code: importing('@causeway/contracts'),
    ...nx,
    says: 'without tags',
  },
  {
    title: 'a specification of one service imports another service',
    file: `services/gateway/src/${MARK}/service.spec.ts`,
    code: importing('@causeway/audit-ledger'),
    ...nx,
    says: tagged('scope:gateway'),
  },
  {
    title: 'control: a service uses contracts, kernel and adapters',
    file: `services/audit-ledger/src/${MARK}/control.ts`,
    code: ['contracts', 'ledger', 'messaging', 'postgres', 'service-kit']
      .map((l) => importing(`@causeway/${l}`))
      .join(''),
  },
  {
    title: 'control: the witness uses the formats of the ledger',
    file: `witness/src/${MARK}/control.ts`,
    code: importing('@causeway/ledger'),
  },
  {
    title: 'control: the specification of an adapter uses the testing library',
    file: `libs/messaging/src/${MARK}/control.spec.ts`,
    code: importing('@causeway/testing'),
  },
  {
    title: 'control: the contracts use zod',
    file: `libs/contracts/src/${MARK}/control.ts`,
    code: importing('zod'),
  },
];

/** For each architectural rule at least one file that breaks it, and controls: what stays allowed. */
export const PROBES: readonly Probe[] = [
  ...BOUNDARY_PROBES,
  ...SERVICE_PROBES,
  ...OUTER_PROBES,
  ...DATABASE_PROBES,
  ...REACH_PROBES,
  ...HOUSE_STYLE_PROBES,
];
