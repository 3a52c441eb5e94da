import { Agent, createServer, request as requestOf } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

/** A forward proxy at its barest: whatever is asked for is asked for, and what comes back is piped back. No checks, no credential, nothing kept. */
const agent = new Agent({ keepAlive: true });
const server = createServer((request, response) => {
  const onward = requestOf(request.url ?? '', { method: request.method, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
});
server.on('connect', (request, client, head) => {
  const [host = '', port] = (request.url ?? '').split(':');
  const site = connect({ host, port: Number(port), noDelay: true }, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    site.write(head);
    client.pipe(site).pipe(client);
  });
  site.on('error', () => client.destroy());
  client.on('error', () => site.destroy());
});
server.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('SIGTERM', () => process.exit(0));
