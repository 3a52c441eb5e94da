import { connect, type NatsConnection } from '@nats-io/transport-node';
import { natsPassword, type NatsUser } from '@causeway/provisioning';
import type { System } from './system.ts';

/** A plain NATS client, as anybody could write it, that logs in as one of the bus users. */
export function connectAs(
  user: NatsUser,
  { natsUrl, home }: Pick<System, 'natsUrl' | 'home'>,
): Promise<NatsConnection> {
  const pass = natsPassword(home, user);
  return connect({ servers: natsUrl, user, pass, inboxPrefix: `_INBOX.${user}`, reconnect: false });
}

/** What the server refuses this connection while it does something, in the server's words. */
export async function refusalsOf(connection: NatsConnection, act: () => void): Promise<string[]> {
  const refusals: string[] = [];
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error') refusals.push(status.error.message);
    }
  })();
  act();
  await connection.flush();
  await connection.close();
  await watching;
  return refusals;
}
