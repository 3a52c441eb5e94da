import { connect } from '@nats-io/transport-node';

/** Answers every request with the request: the floor of one hop. */
const connection = await connect({
  servers: process.env['BENCH_NATS_URL'] ?? '',
  user: 'run-orchestrator',
  pass: process.env['BENCH_NATS_PASSWORD'] ?? '',
  inboxPrefix: '_INBOX.run-orchestrator',
});
connection.subscribe('cmd.run-orchestrator.bench-echo', {
  callback: (_error, message) => void message.respond(message.data),
});
await connection.flush();
process.send?.('ready');
process.on('SIGTERM', () => process.exit(0));
