import { connectAs, env } from './environment.ts';

/** Answers every call with the call: a provider that does nothing. */
const connection = await connectAs('resource-store', env('BENCH_PASSWORD'));
connection.subscribe('cap.resource-store.bench-nothing', {
  callback: (_error, message) => void message.respond(message.data),
});
await connection.flush();
process.send?.('ready');
process.on('SIGTERM', () => process.exit(0));
