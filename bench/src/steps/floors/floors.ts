import { connect } from '@nats-io/transport-node';
import { natsPassword, type Instance } from '@causeway/provisioning';
import { startChild } from '../../child.ts';
import { httpClient } from '../http-client.ts';
import { measure, type Figures } from '../../load.ts';

export type FloorOptions = { readonly instance: Instance; readonly durationMs: number; readonly contentUrl: string };

/** NATS request/reply of 1 KB between two processes. */
export async function natsFloor({ instance, durationMs }: FloorOptions, inFlight: number): Promise<Figures> {
  const responder = await startChild('./steps/floors/nats-echo.ts', {
    BENCH_NATS_URL: instance.natsUrl,
    BENCH_NATS_PASSWORD: natsPassword(instance.home, 'run-orchestrator'),
  });
  const pass = natsPassword(instance.home, 'gateway');
  const connection = await connect({
    servers: instance.natsUrl,
    user: 'gateway',
    pass,
    inboxPrefix: '_INBOX.gateway',
    noAsyncTraces: true,
  });
  const body = new Uint8Array(1_024);
  const figures = await measure({ inFlight, durationMs }, () =>
    connection.request('cmd.run-orchestrator.bench-echo', body, { timeout: 10_000 }),
  );
  await connection.close();
  await responder.stop();
  return figures;
}

/** POST → NATS → commit → GET → commit → reply, written bare, in three processes. */
export async function stepFloor(
  { instance, durationMs, contentUrl }: FloorOptions,
  inFlight: number,
): Promise<Figures> {
  const { natsUrl, home, adminUrl } = instance;
  const worker = await startChild('./steps/floors/bare-worker.ts', {
    BENCH_NATS_URL: natsUrl,
    BENCH_NATS_PASSWORD: natsPassword(home, 'run-orchestrator'),
    BENCH_POSTGRES_URL: adminUrl,
    BENCH_CONTENT_URL: contentUrl,
  });
  const front = await startChild('./steps/floors/bare-front.ts', {
    BENCH_NATS_URL: natsUrl,
    BENCH_NATS_PASSWORD: natsPassword(home, 'gateway'),
  });
  const { port } = front.ready as { port: number };
  const client = httpClient(`http://127.0.0.1:${port}`);
  const figures = await measure({ inFlight, durationMs }, () => client.post('/', { pad: 'x'.repeat(256) }));
  client.close();
  await front.stop();
  await worker.stop();
  return figures;
}
