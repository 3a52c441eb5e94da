import { connect } from 'node:net';

export type NatsLogin = { readonly url: string; readonly user: string; readonly password: string };

/**
 * Logs in to a NATS server and leaves again; undefined when it let us in, else the reason. The client protocol's INFO, CONNECT, PING and
 * PONG (docs.nats.io, "Client Protocol"). Waits at most `timeoutMs`.
 */
export function natsRefusal({ url, user, password }: NatsLogin, timeoutMs = 2_000): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 4222), timeout: timeoutMs });
    let received = '';
    const end = (reason?: string): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.setEncoding('utf8');
    socket.once('timeout', () => end(`${url} did not answer within ${timeoutMs} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once('close', () => end(received.match(/-ERR '(.*)'/)?.[1] ?? 'the server closed the connection'));
    socket.on('data', (text: string) => {
      const greeted = received.startsWith('INFO ');
      received += text;
      if (!greeted && received.startsWith('INFO ')) socket.write(greeting(user, password));
      if (/^PONG\r$/m.test(received)) end();
      else if (/^-ERR /m.test(received)) end(received.match(/-ERR '(.*)'/)?.[1] ?? 'refused');
    });
  });
}

function greeting(user: string, password: string): string {
  const options = {
    verbose: false,
    pedantic: false,
    user,
    pass: password,
    name: 'causeway-login',
    lang: 'node',
    version: '1',
  };
  return `CONNECT ${JSON.stringify(options)}\r\nPING\r\n`;
}
