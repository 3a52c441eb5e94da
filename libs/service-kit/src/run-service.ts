import 'reflect-metadata';
import { connectBus, type Bus } from '@causeway/messaging';
import { BusTransport, type Duties } from '@causeway/messaging/nest';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readSecret } from './config.ts';
import { serveHealth, type Check } from './health-server.ts';
import { createLog, type Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { nestLogger } from './nest-logger.ts';

/** What every service's configuration holds. */
export type BaseConfig = {
  readonly CAUSEWAY_NATS_URL: string;
  readonly CAUSEWAY_NATS_USER: string;
  readonly CAUSEWAY_NATS_PASSWORD_FILE: string;
  readonly CAUSEWAY_HTTP_HOST: string;
  readonly CAUSEWAY_HTTP_PORT: number;
  readonly CAUSEWAY_INSTANCE: string;
  readonly CAUSEWAY_LOG_LEVEL: string;
};

export type Assembled = {
  readonly module: DynamicModule;
  /** What its handlers name with `on`. */
  readonly duties?: Duties;
  readonly checks?: readonly Check[];
  /** Runs once requests are served: recovery, followers. */
  readonly start?: () => Promise<void>;
  /** Runs after the last request was answered, before the bus is closed. */
  readonly stop?: () => Promise<void>;
};

const DRAIN_MS = 10_000;

/** Connects to the bus as the service's own user. */
export function connectAs(config: BaseConfig, log: Logger): Promise<Bus> {
  const { CAUSEWAY_NATS_URL: url, CAUSEWAY_NATS_USER: user, CAUSEWAY_INSTANCE: name } = config;
  return connectBus({ url, user, name, password: readSecret(config.CAUSEWAY_NATS_PASSWORD_FILE), log });
}

/** Serves the handlers of a module's controllers on the bus. */
export async function serveOnBus(
  { module, duties }: Pick<Assembled, 'module' | 'duties'>,
  bus: Bus,
  logger: LoggerService | false,
): Promise<{ readonly close: () => Promise<void> }> {
  const app = await NestFactory.createMicroservice(module, {
    strategy: new BusTransport(bus, duties),
    logger,
    abortOnError: false,
  });
  await app.listen();
  return app;
}

/**
 * The life of a service on the bus: connect, assemble, serve, tell its health, and on SIGTERM or SIGINT answer what is in hand and stop. A
 * failure to start is told in one line and ends the process with status 1.
 */
export async function runService<Config extends BaseConfig>(
  name: string,
  readConfig: (env: Record<string, string | undefined>) => Config,
  assemble: (parts: { config: Config; bus: Bus; log: Logger; metrics: Metrics }) => Promise<Assembled>,
): Promise<void> {
  let log = createLog(name, 'info');
  try {
    const config = readConfig(process.env);
    log = createLog(name, config.CAUSEWAY_LOG_LEVEL);
    const bus = await connectAs(config, log);
    const metrics = createMetrics(name);
    const { module, duties, checks = [], start, stop } = await assemble({ config, bus, log, metrics });
    let serving = false;
    const health = await serveHealth({
      host: config.CAUSEWAY_HTTP_HOST,
      port: config.CAUSEWAY_HTTP_PORT,
      service: name,
      metrics,
      checks: [{ name: 'serving', isReady: () => serving }, { name: 'bus', isReady: bus.isConnected }, ...checks],
    });
    const app = await serveOnBus({ module, ...(duties ? { duties } : {}) }, bus, nestLogger(log));
    await start?.();
    serving = true;
    log.info({ port: health.port }, 'serving');
    onceTold(async () => {
      serving = false;
      await bus.stopServing(DRAIN_MS);
      await stop?.();
      await app.close();
      await bus.close();
      await health.close();
      log.info({}, 'stopped');
    });
  } catch (err) {
    log.error({ err }, 'could not start');
    process.exit(1);
  }
}

/** Runs `stop` at the first SIGTERM or SIGINT, then ends the process. */
export function onceTold(stop: () => Promise<void>): void {
  let told = false;
  const listen = () => {
    if (told) return;
    told = true;
    void stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', listen);
  process.on('SIGINT', listen);
}
