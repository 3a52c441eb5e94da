import type { Handover } from './handover.ts';

/**
 * What programs that know only a proxy are told: the forward proxy with the run's credential, for everything but the gateway. Nothing where there is no
 * forward proxy.
 * @param proxy host and port
 */
export function proxyVariables(
  { runId, token, gatewayUrl }: Handover,
  proxy: string | undefined,
): Readonly<Record<string, string>> {
  if (!proxy) return {};
  const address = `http://${runId}:${token}@${proxy}`;
  const direct = new URL(gatewayUrl).hostname;
  const names = { http_proxy: address, https_proxy: address, no_proxy: direct };
  return { ...names, ...Object.fromEntries(Object.entries(names).map(([name, value]) => [name.toUpperCase(), value])) };
}
