import { connectBus, type Bus } from '@causeway/messaging';
import { instanceAccess, natsPassword } from '@causeway/provisioning';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** The bus of the instance on this machine as the read-only user. Throws when nothing answers there. */
export function connectAsSre(): Promise<Bus> {
  const { natsUrl, home } = instanceAccess();
  return connectBus({
    url: natsUrl,
    user: 'sre',
    password: natsPassword(home, 'sre'),
    name: 'causeway-cli',
    log: quiet,
  });
}
