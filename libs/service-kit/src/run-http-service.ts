import type { Bus } from '@causeway/messaging';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLog, type Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { connectAs, onceTold, type BaseConfig } from './run-service.ts';

export type AssembledHttp = {
  readonly app: NestFastifyApplication;
  /** Runs once requests are taken. */
  readonly start: () => void;
  /** Runs first when the service is told to stop: ends what would never end by itself. */
  readonly drain: () => void;
  /** Runs after the last request was answered, before the bus is closed. */
  readonly stop: () => Promise<void>;
};

const DRAIN_MS = 10_000;

/**
 * The life of a service whose edge is HTTP: connect, assemble, listen, and on SIGTERM or SIGINT answer what is in hand and stop. A failure
 * to start is told in one line and ends the process with status 1.
 */
export async function runHttpService<Config extends BaseConfig>(
  name: string,
  readConfig: (env: Record<string, string | undefined>) => Config,
  assemble: (parts: { config: Config; bus: Bus; log: Logger; metrics: Metrics }) => Promise<AssembledHttp>,
): Promise<void> {
  let log = createLog(name, 'info');
  try {
    const config = readConfig(process.env);
    log = createLog(name, config.CAUSEWAY_LOG_LEVEL);
    const bus = await connectAs(config, log);
    const { app, start, drain, stop } = await assemble({ config, bus, log, metrics: createMetrics(name) });
    await app.listen(config.CAUSEWAY_HTTP_PORT, config.CAUSEWAY_HTTP_HOST);
    start();
    log.info({ port: portOf(app) ?? config.CAUSEWAY_HTTP_PORT }, 'serving');
    onceTold(async () => {
      drain();
      await closeWithin(app, DRAIN_MS);
      await stop();
      await bus.close();
      log.info({}, 'stopped');
    });
  } catch (err) {
    log.error({ err }, 'could not start');
    process.exit(1);
  }
}

function portOf(app: NestFastifyApplication): number | undefined {
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address ? address.port : undefined;
}

async function closeWithin(app: NestFastifyApplication, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(cut);
}
