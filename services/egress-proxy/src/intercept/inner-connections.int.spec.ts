import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { innerConnections, type Inner } from './inner-connections.ts';

const servers: Server[] = [];
const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A connection as it comes out of TLS, served; and its other end. */
async function served(inner: Partial<Inner> = {}, requestMs = 5_000) {
  const seen: string[] = [];
  const problems: string[] = [];
  const { promise: taken, resolve } = Promise.withResolvers<Socket>();
  const server = createServer(resolve);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client.on('error', () => {}));
  const answer: Inner['answer'] = async (request, response) => {
    seen.push(request.url ?? '');
    response.end(`[${request.url}]`);
  };
  const over = innerConnections(requestMs).serve((await taken) as TLSSocket, {
    ...{ answer, malformed: (problem) => void problems.push(problem) },
    ...inner,
  });
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = new Promise<void>((done) => void client.once('close', () => done()));
  return { client, over, seen, problems, text: () => text, closed };
}
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe('a connection out of a tunnel', () => {
  it.each([
    ['nothing', () => {}],
    ['a head in drops', (client: Socket) => void client.write('GET / HTTP/1.1\r\nHost: a\r\nX: ')],
    ['nothing after a request', (client: Socket) => void client.write(get('/'))],
  ])('is over when there comes %s for too long', async (_name, send) => {
    const { client, over, closed } = await served({}, 200);
    send(client);
    expect(await Promise.race([over, sleep(10_000, 'still open')])).toBe('time');
    await closed;
  });

  it('takes its requests one after the other, also when they come at once', async () => {
    const order: string[] = [];
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const { client, over, closed } = await served({
      answer: async ({ url }, response) => {
        order.push(`begin ${url}`);
        if (url === '/1') await go;
        order.push(`end ${url}`);
        response.setHeader('connection', url === '/2' ? 'close' : 'keep-alive').end();
      },
    });
    client.write(get('/1') + get('/2'));
    while (order.length === 0) await new Promise((tick) => setTimeout(tick, 5));
    await new Promise((tick) => setTimeout(tick, 50));
    resolve();
    expect(await over).toBe('client');
    await closed;
    expect(order).toEqual(['begin /1', 'end /1', 'begin /2', 'end /2']);
  });

  it('has what is malformed refused after the answers to what came before it', async () => {
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const { client, closed, problems, text } = await served({
      answer: async ({ url }, response) => {
        await go;
        response.end(`[${url}]`);
      },
    });
    client.write(`${get('/1')}GET / HTTP/1.1\r\nHost : a\r\n\r\n`);
    while (problems.length === 0) await new Promise((tick) => setTimeout(tick, 5));
    expect(text()).toBe('');
    resolve();
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 200 [^]*\[\/1\]HTTP\/1\.1 400 /);
  });

  it('is closed when more requests wait in it than anybody needs', async () => {
    const { client, over, closed, seen } = await served({ answer: () => new Promise<void>(() => {}) });
    client.write(get('/').repeat(17));
    expect(await over).toBe('client');
    await closed;
    expect(seen).toEqual([]);
  });

  it('that breaks off has sent nothing malformed', async () => {
    const { client, over, problems } = await served();
    client.write('GET / HTT');
    client.resetAndDestroy();
    expect(await over).toBe('client');
    expect(problems).toEqual([]);
  });

  it('is closed when answering fails for a reason of our own', async () => {
    const { client, over, closed } = await served({ answer: () => Promise.reject(new Error('x')) });
    client.write(get('/'));
    expect(await over).toBe('client');
    await closed;
  });
});
