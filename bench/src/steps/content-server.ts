import { createServer } from 'node:http';

/** What the governed fetch fetches: 1 KB, always the same, from a process of its own. */
const body = 'a line of sixty-four characters, so that sixteen of them are 1 KB\n'.repeat(16).slice(0, 1_024);
const server = createServer((incoming, response) => {
  incoming.resume();
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env['BENCH_PORT'] ?? 0), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 });
});
process.on('SIGTERM', () => process.exit(0));
