import { runSlots } from '../runs/run-slots.ts';
import { credentialOf, type EgressPlace } from './egress-place.ts';
import { TUNNELS_HOST } from './pack.ts';
import { SQUID, startSquid } from './peers/squid.ts';
import { BARE_PROXY, DIRECT, startBareProxy, type ProxyProcess } from './proxies.ts';
import { openTunnel, type Tunnel } from './tunnel-client.ts';

export const OURS = 'ours';

/** A way to the site's tunnels, of which any number can be open. */
export type Way = {
  readonly open: () => Promise<Tunnel>;
  /** The process that carries the bytes; undefined where there is none between. */
  readonly pid: number | undefined;
  readonly close: () => Promise<void>;
};
export type NamedWay = { readonly name: string; readonly start: () => Promise<Way> };

/** Every way to the site: straight, by a bare proxy, by Squid where there is one, and by ours. */
export const waysTo = (place: EgressPlace, squid: string | undefined): readonly NamedWay[] => [
  { name: DIRECT, start: async () => straight(place) },
  { name: BARE_PROXY, start: async () => byProxy(place, await startBareProxy()) },
  ...(squid === undefined ? [] : [{ name: SQUID, start: async () => byProxy(place, await startSquid(squid)) }]),
  { name: OURS, start: () => byOurs(place) },
];

const straight = ({ site }: EgressPlace): Way => ({
  open: () => openTunnel({ port: site.tunnels, host: TUNNELS_HOST }),
  pid: undefined,
  close: async () => {},
});

function byProxy({ site }: EgressPlace, { port, pid, stop }: ProxyProcess): Way {
  const by = { authority: `127.0.0.1:${site.tunnels}` };
  return { open: () => openTunnel({ port, by, host: TUNNELS_HOST }), pid, close: stop };
}

/** Each tunnel is a step of a run, sealed before and after. */
async function byOurs({ site, proxyPort, proxyPid, starting }: EgressPlace): Promise<Way> {
  const slots = await runSlots(starting, 1);
  const authority = `${TUNNELS_HOST}:${site.tunnels}`;
  return {
    open: async () => {
      const by = { authority, authorization: credentialOf(await slots.next()) };
      return openTunnel({ port: proxyPort, by, host: TUNNELS_HOST });
    },
    pid: proxyPid,
    close: async () => {},
  };
}
