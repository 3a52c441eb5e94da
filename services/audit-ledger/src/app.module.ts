import { createDuty, eventStream, streamCopies, type Bus } from '@causeway/messaging';
import type { Pool } from '@causeway/postgres';
import type { Assembled, Logger, Metrics } from '@causeway/service-kit';
import { Module } from '@nestjs/common';
import { ARCHIVER, ArchiveController } from './archive/archive.controller.ts';
import { createArchiver } from './archive/archiver.ts';
import { APPEND, AppendController } from './append/append.controller.ts';
import { appendHandlers } from './append/append-handler.ts';
import { LEADING, leadership } from './append/leadership.ts';
import { saltSource } from './append/salts.ts';
import { createWriter } from './append/writer.ts';
import type { Config } from './config.ts';
import { assembleErasing } from './erase/assemble-erasing.ts';
import { ERASE, EraseController } from './erase/erase.controller.ts';
import { inTurn } from './in-turn.ts';
import { migrateAsOwner, runtimePool } from './log-database.ts';
import { ledgerMetrics } from './metrics.ts';
import { publicationCursor } from './publish/cursor.ts';
import { createPublisher } from './publish/publisher.ts';
import { PROOFS, ProveController } from './prove/prove.controller.ts';
import { createProofs } from './prove/proofs.ts';
import { createAnswers, reachable } from './read/answers.ts';
import { answerAll, idAt } from './read/log.queries.ts';
import { ANSWERS, ReadController } from './read/read.controller.ts';
import { assembleSigning } from './sign/assemble-signing.ts';
import { KeysController, LOG_KEYS } from './sign/keys.controller.ts';
import { ownAppend } from './sign/own-append.ts';
import { refusingWriter } from './sign/refusing-writer.ts';
import { assembleWitnesses } from './witness/assemble-witnesses.ts';
import { storedTree } from './tree/stored-tree.ts';
import { VERIFY, VerifyController } from './verify/verify.controller.ts';
import { checkLog, shared } from './verify/verify-log.queries.ts';

const PUBLISH_GRACE_MS = 2_000;
const PAGE = 512;
const WITNESS_RETRY_MS = 5_000;
const STREAM = 'AUDIT';

@Module({})
class AuditLedgerModule {}

type Surroundings = { readonly config: Config; readonly bus: Bus; readonly log: Logger; readonly metrics: Metrics };

/** Builds the service: the only place that knows which parts there are. */
export async function assemble({ config, bus, log, metrics }: Surroundings): Promise<Assembled> {
  const origin = config.CAUSEWAY_LEDGER_ORIGIN;
  await migrateAsOwner(config);
  const readers = runtimePool(config, 'readers', { maxConnections: 6 });
  const writers = runtimePool(config, 'writer', { maxConnections: 1, connectTimeoutMs: 2_000, pipeline: true });

  const tree = runtimePool(config, 'tree', { maxConnections: 2 });
  const newSalt = saltSource();
  const now = () => new Date().toISOString();
  const served = storedTree(readers);

  const publisher = createPublisher({
    ...{ origin, log, cursor: publicationCursor(readers, origin) },
    stream: eventStream({
      ...{ bus, name: STREAM, subjects: ['audit.>'] },
      maxBytes: config.CAUSEWAY_AUDIT_STREAM_MAX_BYTES,
    }),
    idAt: (position) => idAt(readers, position),
    readPage: async (fromPosition) => (await answerAll(readers, origin, { fromPosition, limit: PAGE })).events,
  });
  const measured = ledgerMetrics(metrics, {
    isLeader: () => leader.standing() === 'leads',
    ...{ publishedTo: publisher.publishedTo, now: Date.now },
  });
  const writer = createWriter({
    ...{ origin, log, now, reader: readers, metrics: measured.writer },
    onLost: (reason) => leader.lose(reason),
    onCommitted: (batch) => {
      publisher.offer(batch);
      signing.checkpointer.committed(batch.to.nextPosition);
      measured.head(batch.to.nextPosition);
    },
  });
  const witnesses = assembleWitnesses({
    ...{ pool: tree, log, file: config.CAUSEWAY_WITNESSES_FILE, stored: () => signing.stored },
    onCosigned: measured.cosigned,
  });
  const signing = await assembleSigning({
    ...{ pool: tree, origin, folder: config.CAUSEWAY_SIGNER_DIR, writer, newSalt, log, now },
    onSigned: (checkpoint) => {
      measured.signed(checkpoint.size, Date.now());
      witnesses.feeder.offer(checkpoint);
    },
  });
  const { gate, checkpointer } = signing;
  const duty = createDuty(bus);
  const leader = leadership({
    ...{ pool: writers, origin, instance: config.CAUSEWAY_INSTANCE, log },
    onGained: (term) => {
      publisher.begin(term.head.nextPosition);
      measured.head(term.head.nextPosition);
      served.forget();
      gate.open(term);
      duty.begin();
      erasing.finisher.begin();
      void Promise.resolve(gate.opening()).then(() => (gate.isBlocked() ? undefined : archiver.resume()));
    },
    onWithout: (standing) => {
      duty.end();
      erasing.finisher.pause();
      if (standing === 'cut off') served.forget();
      gate.close();
      checkpointer.pause();
      publisher.pause();
      writer.pause(standing);
    },
  });
  const askAgain = every(WITNESS_RETRY_MS, witnesses.feeder.retry);
  const open = refusingWriter(writer, gate);
  const append = appendHandlers(open, newSalt);
  const changing = {
    ...{ pool: readers, origin, append: ownAppend(open, newSalt), now, log, inTurn: inTurn() },
    isLeader: () => leader.standing() === 'leads',
  };
  const erasing = assembleErasing({ ...changing, publisher, copies: streamCopies({ bus, name: STREAM }) });
  const archiver = createArchiver(changing);
  const proofs = createProofs({
    ...{ pool: readers, origin, stored: served, demand: signing.demand, refusal: gate.refusal },
    logKeys: async () => ({ origin, keys: await signing.keys.told(), witnesses: await witnesses.views() }),
  });

  return {
    module: {
      module: AuditLedgerModule,
      controllers: [
        ...[AppendController, ArchiveController, EraseController, ReadController, VerifyController],
        ...[ProveController, KeysController],
      ],
      providers: [
        { provide: APPEND, useValue: append },
        { provide: ARCHIVER, useValue: archiver },
        { provide: ERASE, useValue: erasing.erase },
        { provide: ANSWERS, useValue: createAnswers({ pool: readers, origin, publishedTo: publisher.publishedTo }) },
        { provide: VERIFY, useValue: verifier(readers, origin) },
        { provide: PROOFS, useValue: proofs },
        { provide: LOG_KEYS, useValue: signing.keys },
      ],
    },
    duties: { [LEADING]: duty },
    checks: [
      { name: 'database', isReady: () => leader.standing() !== 'cut off' },
      { name: 'continues what was signed', isReady: () => !gate.isBlocked() },
    ],
    start: async () => {
      await leader.start();
      await gate.opening();
    },
    stop: async () => {
      askAgain.stop();
      await writer.drain();
      await erasing.finisher.stop();
      await publisher.stop(PUBLISH_GRACE_MS);
      await checkpointer.stop();
      gate.close();
      await leader.stop();
      await Promise.all([readers.end(), writers.end(), tree.end()]);
    },
  };
}

function every(ms: number, work: () => void): { readonly stop: () => void } {
  const timer = setInterval(work, ms);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function verifier(pool: Pool, origin: string) {
  const check = shared(() => checkLog(pool, origin));
  return () => reachable(check);
}
