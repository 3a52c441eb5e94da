import { randomUUID } from 'node:crypto';
import {
  archiveRange,
  erase,
  getRun,
  listArchives,
  readAll,
  rebuildProjectionsOf,
  restoreRange,
  toCloudEvent,
  verifyLog,
  type httpApi,
  type Rejection,
  type ReplyEnvelope,
  type RebuiltProjection,
} from '@causeway/contracts';
import { answerOf, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call, Caller } from '../http/call.ts';
import { uuidOfKey } from '../http/ids.ts';
import { RefusedError } from '../http/refused.ts';
import type { LogTail } from '../log/log-tail.ts';
import type { KnownSessions } from '../sessions/known-sessions.ts';
import type { AuditSource } from './audit-source.ts';
import { auditStream } from './audit-stream.ts';
import type { OpenStreams } from './open-streams.ts';

export type AuditOperationsOptions = {
  readonly ask: Ask;
  readonly source: AuditSource;
  readonly streams: OpenStreams;
  readonly tail: Pick<LogTail, 'reached'>;
  /** Position that the next event will get. Throws DependencyError LEDGER_UNAVAILABLE. */
  readonly head: () => Promise<number>;
  readonly sessions: Pick<KnownSessions, 'isOpen' | 'rebuild'>;
  /** Name of the log; throws until it is known. */
  readonly origin: () => string;
  /** Default 15,000. */
  readonly heartbeatMs?: number;
};

/** Long work of an owner, asked for once: sent again it would only be done twice. */
const LONG_WORK = { timeoutMs: 120_000, attemptMs: 120_000, send: 'once' } as const;
/** Replicas of the ledger answer in turn; one of them writes. */
const WRITER_WITHIN_MS = 5_000;
const WRITER_AGAIN_MS = 100;
const HEARD_WITHIN_MS = 2_000;
const REBUILT_OWNERS = ['run-orchestrator', 'resource-store'] as const;
const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };

/** What the routes of the audit log do. */
export function auditOperations(options: AuditOperationsOptions) {
  const { ask, source, streams, tail, head, sessions, origin, heartbeatMs = 15_000 } = options;

  /** Why this caller may not follow that; undefined when they may. */
  async function refusalToFollow(call: Call<typeof httpApi.streamAudit>): Promise<Rejection | undefined> {
    const { principal, query } = call;
    if (principal.role !== 'agent') return undefined;
    const { runId } = query;
    if (runId === undefined) return RUN_ID_MISSING;
    const reply = await ask(getRun, { runId, sessionId: principal.sessionId }, call, { correlationId: runId });
    return reply.ok ? undefined : reply.rejection;
  }

  const mayGoOn = ({ principal }: Caller) => principal.role !== 'agent' || sessions.isOpen(principal.sessionId);

  return {
    read: async (call: Call<typeof httpApi.readAudit>): Promise<Answer> => {
      const { runId: scope, ...query } = call.query;
      const name = origin();
      return answerOf(await ask(readAll, { ...query, ...(scope ? { scope } : {}) }, call), (page) =>
        okay({ ...page, events: page.events.map((event) => toCloudEvent(event, name)) }),
      );
    },

    stream: async (call: Call<typeof httpApi.streamAudit>): Promise<Answer> => {
      const from = startOf(call) ?? (await head());
      const rejection = await refusalToFollow(call);
      if (rejection) return { rejection };
      const { runId: scope } = call.query;
      const about = { source, from, scope, origin: origin(), heartbeatMs, mayGoOn: () => mayGoOn(call) };
      return { status: 200, body: streams.open((signal) => auditStream({ ...about, signal })), headers: EVENT_STREAM };
    },

    erase: async (call: Call<typeof httpApi.eraseData>): Promise<Answer> => {
      const erasureId = idFor('erasure', call);
      const reply = await askTheWriter(() => ask(erase, { ...call.body, erasureId }, call, LONG_WORK));
      if (!reply.ok) return { rejection: reply.rejection };
      // From here on this process, too, tells of those events in their erased form.
      await tail.reached(reply.value.position + 1, HEARD_WITHIN_MS);
      return okay(reply.value, reply.value.position);
    },

    archive: async (call: Call<typeof httpApi.archiveRange>): Promise<Answer> => {
      const archiveId = idFor('archive', call);
      const reply = await askTheWriter(() => ask(archiveRange, { ...call.body, archiveId }, call, LONG_WORK));
      return answerOf(reply, (archived) => okay(archived, archived.position));
    },

    archives: async (call: Call<typeof httpApi.listArchives>): Promise<Answer> =>
      answerOf(await ask(listArchives, {}, call), okay),

    restore: async (call: Call<typeof httpApi.restoreRange>): Promise<Answer> => {
      const restorationId = idFor('restoration', call);
      const reply = await askTheWriter(() => ask(restoreRange, { ...call.body, restorationId }, call, LONG_WORK));
      return answerOf(reply, (restored) => okay(restored, restored.position));
    },

    verify: async (call: Call<typeof httpApi.verifyAudit>): Promise<Answer> =>
      answerOf(await ask(verifyLog, {}, call, LONG_WORK), okay),

    rebuild: async (call: Call<typeof httpApi.rebuildProjections>): Promise<Answer> => {
      const replies = await Promise.all(
        REBUILT_OWNERS.map((owner) => ask(rebuildProjectionsOf(owner), {}, call, LONG_WORK)),
      );
      const projections: RebuiltProjection[] = [];
      for (const reply of replies) {
        if (!reply.ok) return { rejection: reply.rejection };
        projections.push(...reply.value.projections);
      }
      return okay({ projections: [...projections, await sessions.rebuild()] });
    },
  };
}
export type AuditOperations = ReturnType<typeof auditOperations>;

const idFor = (of: string, { idempotencyKey: key, principal }: Caller): string =>
  key ? uuidOfKey(of, principal, key) : randomUUID();

async function askTheWriter<Value>(send: () => Promise<ReplyEnvelope<Value>>): Promise<ReplyEnvelope<Value>> {
  const until = Date.now() + WRITER_WITHIN_MS;
  for (;;) {
    const reply = await send();
    if (reply.ok || reply.rejection.code !== 'LEDGER_NOT_LEADER' || Date.now() >= until) return reply;
    await new Promise((resolve) => setTimeout(resolve, WRITER_AGAIN_MS));
  }
}

const RUN_ID_MISSING: Rejection = {
  code: 'REQUEST_INVALID',
  detail: 'an agent follows one run of its own session; name it with ?runId=',
  errors: [{ path: 'runId', message: 'must name a run of your session' }],
};

/** The first position to send: after the last one that the client has, else the one it names; undefined for what happens next. */
function startOf({ lastEventId, query }: Call<typeof httpApi.streamAudit>): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return query.fromPosition;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId) + 1;
  throw new RefusedError(
    'REQUEST_INVALID',
    'the header Last-Event-ID must be the id of an event of this stream, a number',
    {
      errors: [{ path: 'Last-Event-ID', message: 'must be a position: digits only' }],
    },
  );
}
