/** The policy pack of a test's system, as files. */
export const PACK = (
  id: string,
  { timeoutMs, expiresAfterMs, approvals, activeRuns, runs, settings }: Terms,
): Readonly<Record<string, string>> => ({
  'pack.yaml': `
id: ${id}
version: '1'
description: For tests.
limits: { maxSteps: 10000, defaultSteps: 50, maxWallClockMs: 3600000, defaultWallClockMs: 3600000 }
approvals: { expiresAfterMs: ${expiresAfterMs}${approvals} }
sessions: { activeRuns: ${activeRuns} }
runs: ${JSON.stringify(runs)}
destinations: [{ name: site, host: site.internal, address: 127.0.0.1, port: 80 }]
egress: { maxRequestBytes: 1000, maxResponseBytes: 100000, timeoutMs: ${timeoutMs}, maxRedirects: 1 }
${settings}
`,
  'constitution.cedar': '',
  'policy.cedar': `
@id("read") @reason("Read the site.")
permit (principal, action == Action::"network.http-fetch", resource)
when { resource.destination == "site" && context.method == "GET" && context.path != "/look" };
@id("look") @reason("Look at the site.") @approval("human")
permit (principal, action == Action::"network.http-fetch", resource)
when { resource.destination == "site" && context.path == "/look" };
@id("post") @reason("Post to the site.")
permit (principal, action == Action::"network.http-fetch", resource)
when { resource.destination == "site" && context.path == "/post" };
@id("publish") @reason("Publish on the site.") @approval("human")
permit (principal, action == Action::"network.http-fetch", resource)
when { resource.destination == "site" && context.path == "/publish" };
@id("list") @reason("List resources.")
permit (principal, action == Action::"resource.list", resource);
@id("echo") @reason("Let it echo.")
permit (principal, action == Action::"capability.call", resource == Capability::"x.echo")
when { context.effect == "none" && resource.owner == "resource-store" };
`,
});

/** `approvals`: more of the pack's settings of that name, in YAML, with a comma before; `settings`: more of the pack, in YAML. */
export type Terms = {
  readonly timeoutMs: number;
  readonly expiresAfterMs: number;
  readonly approvals: string;
  readonly settings: string;
  readonly activeRuns: 'one' | 'many';
  readonly runs: { readonly agentLeaseMs?: number; readonly maxLifeMs?: number };
};
export const USUAL: Terms = {
  settings: '',
  timeoutMs: 30_000,
  expiresAfterMs: 600_000,
  approvals: '',
  activeRuns: 'many',
  runs: {},
};
