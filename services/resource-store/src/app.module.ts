import { fileURLToPath } from 'node:url';
import { getResource, ingestResource, listResources, ping, resourceStoreEvents } from '@causeway/contracts';
import {
  announceCapabilities,
  announcementsOf,
  followLog,
  ledgerClient,
  type Announcer,
  type Bus,
  type Follower,
  type Log,
} from '@causeway/messaging';
import { connectPostgres, migrate, projectionRunner } from '@causeway/postgres';
import { collectYoung, readSecret, spentBuffers, type Assembled } from '@causeway/service-kit';
import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config.ts';
import { BODIES, BodiesController } from './bodies/bodies.controller.ts';
import { bodyKeeper, type BodyKeeper } from './bodies/body-keeper.ts';
import { postgresBodies } from './bodies/body-store.ts';
import { postgresBlobs } from './resources/blobs.ts';
import { contentReader } from './resources/content.ts';
import { ingester } from './resources/ingest.ts';
import { pinged } from './resources/ping.ts';
import { reader } from './resources/reading.ts';
import { resourceLog } from './resources/resource-log.ts';
import { RESOURCES, ResourcesController, type Resources } from './resources/resources.controller.ts';
import { PROJECTIONS } from './resources/resources.projection.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
/** A result travels in one message of the bus, which takes a megabyte. */
const MAX_RESULT_BYTES = 1_048_576;

/** The events that make the views. */
const FOLLOWED = [...Object.keys(resourceStoreEvents), 'data.erased'];
/** Bodies of erased resources are removed this often, in ms. */
const REMOVE_EVERY_MS = 5_000;

@Module({})
class AppModule {}

const moduleOf = (resources: Resources, bodies: BodyKeeper): DynamicModule => ({
  module: AppModule,
  controllers: [ResourcesController, BodiesController],
  providers: [
    { provide: RESOURCES, useValue: resources },
    { provide: BODIES, useValue: bodies },
  ],
});

/** Builds the service: the only place that knows its adapters. */
export async function assemble(parts: { config: Config; bus: Bus; log: Log }): Promise<Assembled> {
  const { config, bus, log } = parts;
  const { CAUSEWAY_POSTGRES_URL: url, CAUSEWAY_INSTANCE: name } = config;
  const pool = connectPostgres({ url, name, password: readSecret(config.CAUSEWAY_POSTGRES_PASSWORD_FILE) });
  await migrate(pool, MIGRATIONS, 'resource_store');
  const ledger = ledgerClient({ bus, writer: 'resource-store' });
  const runner = projectionRunner({ pool, ledger, projections: PROJECTIONS });
  const blobs = postgresBlobs(pool);
  const spent = spentBuffers(collectYoung);
  const bodies = postgresBodies(pool, spent);
  const kept = resourceLog({ ledger, pool });
  const contentOf = contentReader({
    bus,
    ingestFolder: config.CAUSEWAY_INGEST_DIR,
    maxBytes: config.CAUSEWAY_MAX_RESOURCE_BYTES,
  });
  const now = () => new Date().toISOString();
  let follower: Follower | undefined;
  let remover: NodeJS.Timeout | undefined;
  let announcer: Announcer | undefined;
  return {
    module: moduleOf(
      {
        ingester: ingester({ contentOf, blobs, log: kept, now, maxResultBytes: MAX_RESULT_BYTES }),
        reader: reader({ pool, blobs, bodies, log: kept, runner, now }),
        runner,
        answerPing: pinged(now),
      },
      bodyKeeper({ bodies, blobs, log: kept, spent, now }),
    ),
    checks: [
      { name: 'database', isReady: () => pool.query('select 1').then(() => true) },
      { name: 'announced', isReady: () => announcer?.isAnnounced() ?? false },
    ],
    start: async () => {
      const from = await runner.position();
      follower = followLog({ bus, ledger, from, types: FOLLOWED, apply: runner.apply, log });
      const capabilities = announcementsOf([ingestResource, getResource, listResources, ping]);
      announcer = announceCapabilities({ bus, owner: 'resource-store', capabilities, log });
      remover = setInterval(() => {
        Promise.all([blobs.removeErased(), bodies.removeUnwanted()]).catch((err: unknown) =>
          log.warn({ err }, 'bodies of erased resources stay for now'),
        );
      }, REMOVE_EVERY_MS);
    },
    stop: async () => {
      announcer?.stop();
      clearInterval(remover);
      await follower?.stop();
      await pool.end();
    },
  };
}
