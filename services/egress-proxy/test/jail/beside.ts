import { chmodSync } from 'node:fs';
import { BARE_PROXY_PORT, BUS_PORT, NAME_SERVER, PROXY_PORT } from './addresses.ts';
import { bareProxy } from './bare-proxy.ts';
import { canary } from './canary.ts';
import { relay } from './relay.ts';

/** Sockets on the proxy's side: its way to the bus, its own and the bare proxy's ways in, and two that nobody in a jail may reach. */
export type Sockets = Readonly<Record<'bus' | 'proxy' | 'bareProxy' | 'canary' | 'abstractCanary', string>>;

const sockets = JSON.parse(process.argv[2] ?? '{}') as Sockets;
const here = (port: number) => ({ host: '127.0.0.1', port });

const seen = canary();
await seen.listen({ path: sockets.canary });
await seen.listen({ path: `\0${sockets.abstractCanary}` });
await seen.listen(here(80));
await relay(here(BUS_PORT), { path: sockets.bus });
await relay({ path: sockets.proxy }, here(PROXY_PORT));
await bareProxy(NAME_SERVER, here(BARE_PROXY_PORT));
await relay({ path: sockets.bareProxy }, here(BARE_PROXY_PORT));
for (const path of [sockets.proxy, sockets.bareProxy, sockets.canary]) chmodSync(path, 0o666);

process.on('message', () => process.send?.(seen.take()));
process.send?.('ready');
