import { connectAs, env } from './environment.ts';
import { groupCommit, rowsOf } from './group-commit.ts';

/** Bus → commit → provider → commit → answer, and nothing else: an orchestrator at its barest. It commits itself, or by way of the committer. */
const connection = await connectAs('run-orchestrator', env('BENCH_PASSWORD'));
const ask = (subject: string, data: Uint8Array) => connection.request(subject, data, { timeout: 30_000 });
const own =
  env('BENCH_COMMITS') === 'itself' ? await groupCommit(env('BENCH_POSTGRES_URL'), 'floor_step_itself') : undefined;
const [before, after] = [rowsOf('before'), rowsOf('after')];
const commit = async (rows: readonly Uint8Array[]): Promise<unknown> =>
  own ? own.insert(rows) : ask('qry.audit-ledger.bench-append', Buffer.concat(rows));

async function step(asked: Uint8Array): Promise<Uint8Array> {
  await commit(before);
  const { data } = await ask('cap.resource-store.bench-nothing', asked);
  await commit(after);
  return data;
}

connection.subscribe('cmd.run-orchestrator.bench-step', {
  callback: (_error, message) => void step(message.data).then((answer) => message.respond(answer)),
});
await connection.flush();
process.send?.('ready');
process.on('SIGTERM', () => process.exit(0));
