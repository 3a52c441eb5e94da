import { createServer } from 'node:http';
import { connect } from '@nats-io/transport-node';

/** POST → NATS request → reply, and nothing else: the floor of the gateway. */
const connection = await connect({
  servers: process.env['BENCH_NATS_URL'] ?? '',
  user: 'gateway',
  pass: process.env['BENCH_NATS_PASSWORD'] ?? '',
  inboxPrefix: '_INBOX.gateway',
  noAsyncTraces: true,
});
const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    void connection
      .request('cmd.run-orchestrator.bench-step', Buffer.concat(chunks), { timeout: 30_000 })
      .then((reply) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(reply.data);
      });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('SIGTERM', () => process.exit(0));
