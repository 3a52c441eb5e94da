import { z } from 'zod';
import { RunId, Sha256Hex } from '../ids.ts';
import {
  activatePolicy as activate,
  getPolicyPack as pack,
  moveRun as move,
  PackTexts,
  PolicyView,
  revokeRule as revoke,
  RuleId,
} from '../run-orchestrator/policy-commands.ts';
import { RunView } from '../run-orchestrator/run-view.ts';
import { ADMINS, OPERATORS, READERS } from './roles.ts';
import { defineRoute, Reason } from './route.ts';

const tag = 'policy';
const idempotencyKey = 'The same key is the same change: it is made once.';
const shown = { description: 'The pack', schema: PolicyView } as const;

export const policyRoutes = {
  getPolicyPack: defineRoute({
    operationId: 'getPolicyPack',
    tag,
    method: 'GET',
    path: '/v1/policy',
    summary: 'Read a policy pack with its files',
    description: 'The one that new runs get, or the one with this digest.',
    roles: READERS,
    query: z.strictObject({ digest: Sha256Hex.optional() }),
    responses: { 200: { description: 'The pack', schema: pack.reply } },
    problems: pack.rejections,
  }),
  activatePolicy: defineRoute({
    operationId: 'activatePolicy',
    tag,
    method: 'POST',
    path: '/v1/policy',
    summary: 'Activate a policy pack',
    description:
      'New runs get it. Runs that have started keep theirs until an operator moves them. Variables of the environment are replaced before the files are sent.',
    roles: ADMINS,
    body: z.strictObject({ files: PackTexts, reason: Reason }),
    idempotencyKey,
    responses: { 200: shown },
    problems: activate.rejections,
  }),
  revokeRule: defineRoute({
    operationId: 'revokeRule',
    tag,
    method: 'POST',
    path: '/v1/policy/rules/{rule}/revoke',
    summary: 'Revoke a permit',
    description:
      'It allows nothing any more, in whichever pack a run has, until a pack with it is activated. Tunnels that it opened are closed.',
    roles: OPERATORS,
    params: z.strictObject({ rule: RuleId }),
    body: z.strictObject({ reason: Reason }),
    idempotencyKey,
    responses: { 200: shown },
    problems: revoke.rejections,
  }),
  moveRun: defineRoute({
    operationId: 'moveRun',
    tag,
    method: 'POST',
    path: '/v1/runs/{runId}/policy',
    summary: 'Move a run to another policy pack',
    description:
      'To the active one, or to the one with this digest. What people approved under the old one is not executed any more.',
    roles: OPERATORS,
    params: z.strictObject({ runId: RunId }),
    body: z.strictObject({ digest: Sha256Hex.optional(), reason: Reason }),
    responses: { 200: { description: 'The run', schema: RunView } },
    problems: move.rejections,
  }),
} as const;
