import { startChild } from '../child.ts';

/** A proxy of this machine, in a process of its own. */
export type ProxyProcess = { readonly port: number; readonly pid: number; readonly stop: () => Promise<void> };

export const DIRECT = 'floor: direct';
export const BARE_PROXY = 'floor: bare Node proxy';

export async function startBareProxy(): Promise<ProxyProcess> {
  const { ready, pid, stop } = await startChild('./egress/floors/bare-proxy.ts', {});
  return { port: (ready as { port: number }).port, pid, stop };
}
