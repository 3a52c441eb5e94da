/** The network that the jail's specifications make up: a small internet with everything in it that must not be reached. Names only node's own modules. */
export const PROXY_PORT = 3128;
export const BARE_PROXY_PORT = 3129;
export const BUS_PORT = 4222;
export const UDP_PORT = 9_999;

/** The wire between the proxy's side and the internet. */
export const WIRE = {
  proxy: { device: 'way-out', v4: '198.18.0.1', v6: 'fd99::1', mac: '02:00:00:00:00:01' },
  internet: { device: 'way-in', v4: '198.18.0.2', v6: 'fd99::2', mac: '02:00:00:00:00:02' },
} as const;

export const SITE = '93.184.215.14';
export const NAME_SERVER = '93.184.215.53';
/** Where nothing may arrive. The first two are on the internet, then a metadata service, a private network, and a host that policy allows. */
export const CANARY = {
  v4: '1.2.3.4',
  v6: '2606:4700::1111',
  metadata: '169.254.169.254',
  private: '10.1.2.3',
  front: '93.184.215.15',
} as const;
export const CANARY_PORTS = [25, 80, 443];

export const SITE_NAME = 'site.example.com';
export const FRONT_NAME = 'front.example.com';

/** What each name has; a name that is not here has the canary's public address. `rebind` changes with each question. */
export const ZONE: Readonly<Record<string, readonly string[]>> = {
  [SITE_NAME]: [SITE],
  [FRONT_NAME]: [CANARY.front],
  'metadata.example.com': [CANARY.metadata],
  'private.example.com': [CANARY.private],
  'mixed.example.com': [SITE, CANARY.private],
};
export const REBINDING_NAME = 'rebind.example.com';
export const REBINDING: readonly string[] = [SITE, CANARY.metadata];

/** Text that an attempt leaves where it arrives. */
export const markOf = (name: string): string => `canary-${name}-x`;
