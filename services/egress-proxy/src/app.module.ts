import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { httpFetch } from '@causeway/contracts';
import { announceCapabilities, announcementsOf, ledgerClient, type Announcer, type Bus } from '@causeway/messaging';
import { createPolicy, loadPack } from '@causeway/policy';
import type { Assembled, Logger } from '@causeway/service-kit';
import type { Config } from './config.ts';
import { systemEdge } from './edge.ts';
import { callsInHand } from './fetch/calls-in-hand.ts';
import { dial } from './fetch/dial.ts';
import { fetchCalls } from './fetch/fetch-calls.ts';
import { FETCH_CALLS } from './fetch/fetch-token.ts';
import { FetchController } from './fetch/fetch.controller.ts';
import { hearStops } from './fetch/hear-stops.ts';
import { dnsResolve } from './fetch/resolve.ts';
import { namesOfRuns } from './guards/name-guard.ts';
import { ownAddresses } from './guards/self-guard.ts';

class AppModule {}

/** Builds the service from its parts. */
export async function assemble({ config, bus, log }: { config: Config; bus: Bus; log: Logger }): Promise<Assembled> {
  const policy = createPolicy(await loadPack(config.CAUSEWAY_POLICY_DIR, process.env));
  const outside = {
    policy,
    rules: { named: policy.pack.destinations, profile: config.CAUSEWAY_PROFILE },
    resolve: dnsResolve(config.CAUSEWAY_DNS_SERVERS),
    authorities: authorities(config.CAUSEWAY_EGRESS_CA_FILE),
    dial,
    names: namesOfRuns(),
    own: () => ({ addresses: ownAddresses(), ports: [config.CAUSEWAY_HTTP_PORT] }),
  };
  const inHand = callsInHand();
  hearStops(bus, inHand, log);
  const ledger = ledgerClient({ bus, writer: 'egress-proxy' });
  const calls = fetchCalls({ outside, ledger, edge: systemEdge, inHand, log });
  log.info({ policy: policy.ref, profile: config.CAUSEWAY_PROFILE }, 'policy loaded');
  const providers = [{ provide: FETCH_CALLS, useValue: calls }];
  let announcer: Announcer | undefined;
  return {
    module: { module: AppModule, controllers: [FetchController], providers },
    checks: [{ name: 'announced', isReady: () => announcer?.isAnnounced() ?? false }],
    start: async () => {
      const capabilities = announcementsOf([httpFetch]);
      announcer = announceCapabilities({ bus, owner: 'egress-proxy', capabilities, log });
    },
    stop: async () => announcer?.stop(),
  };
}

function authorities(file: string | undefined): readonly string[] | undefined {
  return file === undefined ? undefined : [...rootCertificates, readFileSync(file, 'utf8')];
}
