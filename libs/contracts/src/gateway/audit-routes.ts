import { z } from 'zod';
import { archiveRange, ArchivedRange, ArchiveReason, listArchives, restoreRange } from '../audit-ledger/archive.ts';
import { erase, ErasureReason, ErasureTarget } from '../audit-ledger/erasure.ts';
import { readAll, verifyLog } from '../audit-ledger/queries.ts';
import { RunId } from '../ids.ts';
import { ADMINS, READERS } from './roles.ts';
import { defineRoute, queryInt, queryLimit, queryNames } from './route.ts';
import { AuditPage, RebuiltProjections } from './views.ts';

const tag = 'audit';

export const auditRoutes = {
  readAudit: defineRoute({
    operationId: 'readAudit',
    tag,
    method: 'GET',
    path: '/v1/audit/events',
    summary: 'Read the log in order',
    description: 'Filters lose no count: go on from `scannedTo` until it equals `nextPosition`.',
    roles: READERS,
    query: z.strictObject({
      fromPosition: queryInt(0).default(0),
      limit: queryLimit(1000, 200),
      types: queryNames(64).optional(),
      runId: RunId.optional(),
    }),
    responses: { 200: { description: 'A page of CloudEvents', schema: AuditPage } },
    problems: readAll.rejections,
  }),
  streamAudit: defineRoute({
    operationId: 'streamAudit',
    tag,
    method: 'GET',
    path: '/v1/audit/stream',
    summary: 'Follow the log as server-sent events',
    description:
      'Each event has its ledger position as `id`, its type as `event` and the CloudEvent as `data`; without a gap and without a repeat. ' +
      'The header `Last-Event-ID` goes on after that position and wins over `fromPosition`; without either it starts with what happens next. ' +
      'A comment line every 15 s keeps the connection. An agent must name a `runId` of its own session.',
    roles: ['agent', ...READERS],
    query: z.strictObject({ runId: RunId.optional(), fromPosition: queryInt(0).optional() }),
    responses: {
      200: { description: 'An endless stream of events', schema: z.string(), mediaType: 'text/event-stream' },
    },
    problems: ['RUN_NOT_FOUND', 'LEDGER_UNAVAILABLE', 'RANGE_ARCHIVED'],
  }),
  verifyAudit: defineRoute({
    operationId: 'verifyAudit',
    tag,
    method: 'GET',
    path: '/v1/audit/verify',
    summary: 'Ask the ledger to check itself',
    description: 'A convenience: whoever does not trust the ledger reads it raw and checks alone.',
    roles: READERS,
    responses: { 200: { description: 'What was checked and found', schema: verifyLog.reply } },
    problems: verifyLog.rejections,
  }),
  eraseData: defineRoute({
    operationId: 'eraseData',
    tag,
    method: 'POST',
    path: '/v1/audit/erasures',
    summary: 'Erase data of recorded events',
    description:
      'Erases what the leaves of events only commit to: what people, agents and the outside wrote. That it was erased, by whom and why is recorded ' +
      'first and for good, and every proof stays valid. It reaches what was recorded so far, not what comes later.',
    roles: ADMINS,
    body: z.strictObject({ target: ErasureTarget, reason: ErasureReason }),
    idempotencyKey: 'The same key again is the same erasure.',
    responses: { 200: { description: 'Where it is recorded, and how many events lost data', schema: erase.reply } },
    problems: erase.rejections,
  }),
  archiveRange: defineRoute({
    operationId: 'archiveRange',
    tag,
    method: 'POST',
    path: '/v1/audit/archives',
    summary: 'Take events of finished runs out of the database',
    description:
      'What they say has to stand in a bundle, whose digest the ledger compares with what it holds. Hashes, ids, versions and every proof stay. ' +
      'That it was archived, by whom and why is recorded first. The same range with the same digest again is the same archive.',
    roles: ADMINS,
    body: z.strictObject({ ...ArchivedRange.shape, reason: ArchiveReason }),
    idempotencyKey: 'The same key again is the same archive.',
    responses: { 200: { description: 'Where it is recorded, and how many events went', schema: archiveRange.reply } },
    problems: archiveRange.rejections,
  }),
  listArchives: defineRoute({
    operationId: 'listArchives',
    tag,
    method: 'GET',
    path: '/v1/audit/archives',
    summary: 'The archives that were made of the log',
    roles: READERS,
    responses: { 200: { description: 'Every archive, oldest first', schema: listArchives.reply } },
    problems: listArchives.rejections,
  }),
  restoreRange: defineRoute({
    operationId: 'restoreRange',
    tag,
    method: 'POST',
    path: '/v1/audit/restorations',
    summary: 'Record that an archive is to be put back',
    description: 'The events come back with the bundle: `./causeway ledger restore-archive` does both.',
    roles: ADMINS,
    body: z.strictObject({ archive: restoreRange.data.shape.archive, reason: ArchiveReason }),
    idempotencyKey: 'The same key again is the same restoration.',
    responses: { 200: { description: 'Where it is recorded', schema: restoreRange.reply } },
    problems: restoreRange.rejections,
  }),
  rebuildProjections: defineRoute({
    operationId: 'rebuildProjections',
    tag: 'admin',
    method: 'POST',
    path: '/v1/admin/projections/rebuild',
    summary: 'Rebuild every projection from the ledger',
    description: 'Drops each view, builds it again from position 0 while the system serves, and compares the two.',
    roles: ADMINS,
    responses: { 200: { description: 'One row per projection', schema: RebuiltProjections } },
    problems: ['LEDGER_UNAVAILABLE', 'RANGE_ARCHIVED'],
  }),
} as const;
