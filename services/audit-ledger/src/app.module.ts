import { eventStream, type Bus } from '@causeway/messaging';
import { connectPostgres, type Pool, type PostgresOptions } from '@causeway/postgres';
import { readSecret, type Assembled, type Logger } from '@causeway/service-kit';
import { Module } from '@nestjs/common';
import { APPEND, AppendController } from './append/append.controller.ts';
import { appendHandlers } from './append/append-handler.ts';
import { leadership } from './append/leadership.ts';
import { saltSource } from './append/salts.ts';
import { createWriter } from './append/writer.ts';
import type { Config } from './config.ts';
import { prepareDatabase } from './log-database.ts';
import { publicationCursor } from './publish/cursor.ts';
import { createPublisher } from './publish/publisher.ts';
import { createAnswers, reachable } from './read/answers.ts';
import { answerAll } from './read/log.queries.ts';
import { ANSWERS, ReadController } from './read/read.controller.ts';
import { VERIFY, VerifyController } from './verify/verify.controller.ts';
import { checkLog, shared } from './verify/verify-log.queries.ts';

const PUBLISH_GRACE_MS = 2_000;
const PAGE = 512;

@Module({})
class AuditLedgerModule {}

/** Builds the service: the only place that knows which parts there are. */
export async function assemble({ config, bus, log }: { config: Config; bus: Bus; log: Logger }): Promise<Assembled> {
  const origin = config.CAUSEWAY_LEDGER_ORIGIN;
  await migrateAsOwner(config);
  const readers = runtimePool(config, 'readers', { maxConnections: 6 });
  const writers = runtimePool(config, 'writer', { maxConnections: 1, pipeline: true });

  const publisher = createPublisher({
    ...{ origin, log, cursor: publicationCursor(readers, origin) },
    stream: eventStream({ bus, name: 'AUDIT', subjects: ['audit.>'] }),
    readPage: async (fromPosition) => (await answerAll(readers, origin, { fromPosition, limit: PAGE })).events,
  });
  const writer = createWriter({
    ...{ origin, log, reader: readers, now: () => new Date().toISOString() },
    onLost: (reason) => leader.lose(reason),
    onCommitted: publisher.offer,
  });
  const leader = leadership({
    ...{ pool: writers, origin, instance: config.CAUSEWAY_INSTANCE, log },
    onGained: (term) => {
      publisher.begin(term.head.nextPosition);
      writer.begin(term);
    },
    onWithout: (standing) => {
      publisher.pause();
      writer.pause(standing);
    },
  });

  return {
    module: {
      module: AuditLedgerModule,
      controllers: [AppendController, ReadController, VerifyController],
      providers: [
        { provide: APPEND, useValue: appendHandlers(writer, saltSource()) },
        { provide: ANSWERS, useValue: createAnswers({ pool: readers, origin, publishedTo: publisher.publishedTo }) },
        { provide: VERIFY, useValue: verifier(readers, origin) },
      ],
    },
    checks: [{ name: 'database', isReady: () => leader.standing() !== 'cut off' }],
    start: leader.start,
    stop: async () => {
      await writer.drain();
      await publisher.stop(PUBLISH_GRACE_MS);
      await leader.stop();
      await Promise.all([readers.end(), writers.end()]);
    },
  };
}

function verifier(pool: Pool, origin: string) {
  const check = shared(() => checkLog(pool, origin));
  return () => reachable(check);
}

async function migrateAsOwner(config: Config): Promise<void> {
  const owner = connectPostgres({
    url: config.CAUSEWAY_POSTGRES_OWNER_URL,
    password: readSecret(config.CAUSEWAY_POSTGRES_OWNER_PASSWORD_FILE),
    name: `${config.CAUSEWAY_INSTANCE} migrations`,
    maxConnections: 1,
  });
  try {
    await prepareDatabase(owner, config.CAUSEWAY_LEDGER_ORIGIN);
  } finally {
    await owner.end();
  }
}

function runtimePool(
  config: Config,
  purpose: string,
  shape: Pick<PostgresOptions, 'maxConnections' | 'pipeline'>,
): Pool {
  return connectPostgres({
    url: config.CAUSEWAY_POSTGRES_URL,
    password: readSecret(config.CAUSEWAY_POSTGRES_PASSWORD_FILE),
    name: `${config.CAUSEWAY_INSTANCE} ${purpose}`,
    ...shape,
  });
}
