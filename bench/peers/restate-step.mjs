// A Restate service with one handler, which takes one durable step that does nothing. Tells its port to whoever started it.
import { serve, service } from '@restatedev/restate-sdk';

const pinger = service({
  name: 'pinger',
  handlers: { ping: (context) => context.run('ping', async () => ({ pong: true })) },
});

process.send({ port: await serve({ services: [pinger], port: 0 }) });
process.on('SIGTERM', () => process.exit(0));
