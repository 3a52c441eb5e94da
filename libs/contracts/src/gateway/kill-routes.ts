import { z } from 'zod';
import { KillId } from '../ids.ts';
import { KillScope, KillView } from '../run-orchestrator/kill.ts';
import { liftKill as lift, listKills as list, pullKill as pull } from '../run-orchestrator/lifecycle-commands.ts';
import { ADMINS, OPERATORS, READERS } from './roles.ts';
import { defineRoute, Reason } from './route.ts';

const tag = 'kill switch';
const ofAKill = { description: 'The kill', schema: KillView } as const;

export const killRoutes = {
  pullKill: defineRoute({
    operationId: 'pullKill',
    tag,
    method: 'POST',
    path: '/v1/kill',
    summary: 'Stop a step, a run, a session, an agent or everything',
    description:
      'Sealed first, then stopped, calls on their way included. `id` is a run, session or agent id, or `<run id>/<step id>`. A kill of an agent or of everything stands until it is lifted.',
    roles: OPERATORS,
    body: z.strictObject({ scope: KillScope, id: z.string().min(1).max(128).optional(), reason: Reason }),
    idempotencyKey: 'The same key is the same kill; with another target it is ID_REUSED.',
    responses: { 200: ofAKill },
    problems: pull.rejections,
  }),
  listKills: defineRoute({
    operationId: 'listKills',
    tag,
    method: 'GET',
    path: '/v1/kills',
    summary: 'List kills, newest first',
    roles: READERS,
    responses: { 200: { description: 'The newest 200 kills', schema: list.reply } },
    problems: list.rejections,
  }),
  liftKill: defineRoute({
    operationId: 'liftKill',
    tag,
    method: 'POST',
    path: '/v1/kills/{killId}/lift',
    summary: 'Lift a kill',
    description: 'Agents may start again. What was stopped stays stopped.',
    roles: ADMINS,
    params: z.strictObject({ killId: KillId }),
    body: z.strictObject({ reason: Reason }),
    responses: { 200: ofAKill },
    problems: lift.rejections,
  }),
} as const;
