import { createServer } from 'node:http';
import { connectAs, env } from './environment.ts';

/** POST → bus → answer: a gateway at its barest. */
const connection = await connectAs('gateway', env('BENCH_PASSWORD'));
const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const asked = Buffer.concat(chunks);
    void connection.request('cmd.run-orchestrator.bench-step', asked, { timeout: 30_000 }).then(({ data }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': data.length });
      response.end(data);
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('SIGTERM', () => process.exit(0));
