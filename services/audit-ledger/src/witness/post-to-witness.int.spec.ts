import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postToWitness } from './post-to-witness.ts';

let server: Server;
let listener: RequestListener;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/add-checkpoint`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('posting to a witness', () => {
  it('sends the body and reads status, type and text', async () => {
    listener = (request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += String(part)));
      request.on('end', () =>
        response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${request.method} ${body}`),
      );
    };
    expect(await postToWitness(url, 'old 0\n')).toEqual({
      status: 409,
      type: 'text/x.tlog.size',
      body: 'POST old 0\n',
    });
  });

  it('follows no redirect', async () => {
    let requests = 0;
    listener = (_, response) => {
      requests++;
      response.writeHead(307, { location: url }).end();
    };
    expect((await postToWitness(url, 'x')).status).toBe(307);
    expect(requests).toBe(1);
  });

  it('reads no answer without end', async () => {
    listener = (_, response) => {
      response.writeHead(200);
      const more = () => void response.write('x'.repeat(16_384), (error) => error || setImmediate(more));
      more();
    };
    await expect(postToWitness(url, 'x')).rejects.toThrow('more than 65536 bytes');
  });

  it('gives up on an answer that breaks off, and on silence', async () => {
    listener = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    await expect(postToWitness(url, 'x')).rejects.toThrow();
    listener = () => {};
    await expect(postToWitness(url, 'x')).rejects.toThrow(/timeout|abort/i);
  });
});
