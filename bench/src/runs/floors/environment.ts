import { connect, type NatsConnection } from '@nats-io/transport-node';

/** A variable that the bench sets for its child processes. */
export const env = (name: string): string => process.env[name] ?? '';

/** The bus as one of its users. */
export const connectAs = (user: string, password: string): Promise<NatsConnection> =>
  connect({
    ...{ servers: env('BENCH_NATS_URL'), user, pass: password },
    ...{ inboxPrefix: `_INBOX.${user}`, noAsyncTraces: true },
  });
