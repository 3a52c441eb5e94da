import { Agent, get } from 'node:http';
import { connect } from '@nats-io/transport-node';
import { groupCommit, ROW_BYTES } from './group-commit.ts';

/** NATS request → durable commit → HTTP GET → durable commit → reply, and nothing else: the floor of a governed step. */
const env = (name: string): string => process.env[name] ?? '';
const connection = await connect({
  servers: env('BENCH_NATS_URL'),
  user: 'run-orchestrator',
  pass: env('BENCH_NATS_PASSWORD'),
  inboxPrefix: '_INBOX.run-orchestrator',
  noAsyncTraces: true,
});
const commit = await groupCommit(env('BENCH_POSTGRES_URL'), 'floor_step');
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const row = new Uint8Array(ROW_BYTES);

function fetchContent(): Promise<string> {
  return new Promise((resolve, reject) => {
    get(env('BENCH_CONTENT_URL'), { agent }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

connection.subscribe('cmd.run-orchestrator.bench-step', {
  callback: (_error, message) => {
    void (async () => {
      await commit.insert(row);
      const body = await fetchContent();
      await commit.insert(row);
      message.respond(JSON.stringify({ ok: true, body }));
    })();
  },
});
await connection.flush();
process.send?.('ready');
process.on('SIGTERM', () => process.exit(0));
