// A DBOS application: each POST is one workflow with one durable step that does nothing. Tells its port to whoever started it.
import { createServer } from 'node:http';
import { DBOS } from '@dbos-inc/dbos-sdk';

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.env.BENCH_POSTGRES_URL, logLevel: 'warn' });
const ping = DBOS.registerWorkflow(() => DBOS.runStep(async () => ({ pong: true }), { name: 'ping' }), {
  name: 'ping',
});
await DBOS.launch();

const server = createServer((incoming, response) => {
  incoming.resume();
  incoming.on('end', async () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await ping()));
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('SIGTERM', () => process.exit(0));
