import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Joins two connections; when one ends, so does the other. */
export function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on('error', () => {});
    socket.on('close', () => peer.destroy());
  }
}

/** Carries every connection that comes in here to there, as it is. */
export function relay(from: ListenOptions, to: NetConnectOpts): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    join(socket, connect({ ...to, allowHalfOpen: true })),
  );
  return new Promise((resolve, reject) => void server.on('error', reject).listen(from, resolve));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , port, path = ''] = process.argv;
  await relay({ host: '127.0.0.1', port: Number(port) }, { path });
}
