import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { nameServer, TYPE_A } from '../name-server.ts';
import { canary, type CanaryCount } from './canary.ts';
import { CANARY, CANARY_PORTS, NAME_SERVER, REBINDING, REBINDING_NAME, SITE, UDP_PORT, ZONE } from './addresses.ts';

/** What the internet saw since the last time. */
export type InternetReport = CanaryCount & {
  /** Names that its name server was asked for. */
  readonly asked: readonly string[];
  /** Echo requests that its kernel was sent, since it is there. */
  readonly pings: { readonly v4: number; readonly v6: number };
};

const [, , identityFile = ''] = process.argv;
const identity = JSON.parse(readFileSync(identityFile, 'utf8')) as { readonly key: string; readonly cert: string };

/** A site: redirects to `to`, answers with `bytes` bytes, takes whatever it is sent. */
const site: RequestListener = (request, response) => {
  const query = new URLSearchParams(request.url?.split('?')[1]);
  const to = query.get('to');
  request.resume().on('end', () => {
    if (to !== null) response.writeHead(302, { location: to });
    response.end(to === null ? 'x'.repeat(Number(query.get('bytes') ?? 4)) : '');
  });
};

let rebound = 0;
function recordsOf(name: string, type: number): { readonly addresses: readonly string[] } {
  if (name === REBINDING_NAME) return { addresses: [REBINDING[(type === TYPE_A ? rebound++ : 0) % 2] ?? ''] };
  return { addresses: ZONE[name] ?? [CANARY.v4] };
}

function counterOf(file: string, name: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  if (file.endsWith('6')) return Number(lines.find((line) => line.startsWith(name))?.split(/\s+/)[1] ?? Number.NaN);
  const [names, values] = lines.filter((line) => line.startsWith('Icmp: ')).map((line) => line.split(' '));
  return Number(values?.[names?.indexOf(name) ?? -1]);
}

const seen = canary();
const nowhere = Object.values(CANARY).flatMap((host) => CANARY_PORTS.map((port) => ({ host, port })));
await Promise.all(nowhere.map((at) => seen.listen(at)));
await seen.bindUdp('udp4', UDP_PORT);
await seen.bindUdp('udp6', UDP_PORT);
const names = await nameServer(recordsOf, { address: NAME_SERVER, port: 53 });
const tls = { ...identity, ALPNProtocols: ['http/1.1'] };
await new Promise<void>((resolve) => void createPlainServer(site).listen(80, SITE, resolve));
await new Promise<void>((resolve) => void createTlsServer(tls, site).listen(443, SITE, resolve));

process.on('message', () => {
  const pings = {
    v4: counterOf('/proc/self/net/snmp', 'InEchos'),
    v6: counterOf('/proc/self/net/snmp6', 'Icmp6InEchos'),
  };
  const report: InternetReport = { ...seen.take(), asked: names.asked.splice(0), pings };
  process.send?.(report);
});
process.send?.('ready');
