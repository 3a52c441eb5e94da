import { connectAs, env } from './environment.ts';
import { groupCommit, ROW_BYTES } from './group-commit.ts';

/** Bus → commit → answer: a ledger at its barest. What arrives while a commit is on its way goes into the next one. */
const connection = await connectAs('audit-ledger', env('BENCH_PASSWORD'));
const commit = await groupCommit(env('BENCH_POSTGRES_URL'), 'floor_step');

function rowsIn(data: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: data.length / ROW_BYTES }, (_, n) => data.subarray(n * ROW_BYTES, (n + 1) * ROW_BYTES));
}

connection.subscribe('qry.audit-ledger.bench-append', {
  callback: (_error, message) => void commit.insert(rowsIn(message.data)).then(() => message.respond('ok')),
});
await connection.flush();
process.send?.('ready');
process.on('SIGTERM', () => process.exit(0));
