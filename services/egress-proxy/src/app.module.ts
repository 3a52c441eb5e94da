import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { httpFetch, modelChat, networkForward, networkTunnel } from '@causeway/contracts';
import { announceCapabilities, announcementsOf, ledgerClient, type Announcer, type Bus } from '@causeway/messaging';
import { createPolicy, loadPack } from '@causeway/policy';
import { collectYoung, spentBuffers, type Assembled, type Logger } from '@causeway/service-kit';
import { bodiesOnBus } from './bodies/large-bodies.ts';
import type { Config } from './config.ts';
import { systemEdge } from './edge.ts';
import { callsInHand } from './fetch/calls-in-hand.ts';
import { dial } from './fetch/dial.ts';
import { fetchCalls } from './fetch/fetch-calls.ts';
import { FETCH_CALLS } from './fetch/fetch-token.ts';
import { FetchController } from './fetch/fetch.controller.ts';
import { hearStops } from './fetch/hear-stops.ts';
import { dnsResolve } from './fetch/resolve.ts';
import { chunksOnBus } from './models/model-chunks.ts';
import { MODEL_CALLS, modelCalls, ModelController } from './models/model.controller.ts';
import { countTokens } from './models/token-count.ts';
import { hearPolicy } from './packs/hear-policy.ts';
import { masterKey } from './intercept/master-key.ts';
import { runAuthorities } from './intercept/run-authorities.ts';
import { createPacks } from './packs/packs.ts';
import { namesOfRuns } from './guards/name-guard.ts';
import { ownAddresses } from './guards/self-guard.ts';
import { forwardProxy, type ForwardProxy } from './proxy/forward-proxy.ts';
import { ForwardController, TAKE_UP } from './proxy/forward.controller.ts';
import { secretDesks } from './secrets/secret-desks.ts';

class AppModule {}

/** Builds the service from its parts. */
export async function assemble({ config, bus, log }: { config: Config; bus: Bus; log: Logger }): Promise<Assembled> {
  const folder = createPolicy(await loadPack(config.CAUSEWAY_POLICY_DIR, process.env));
  const spent = spentBuffers(collectYoung);
  const outside = {
    rules: { named: folder.pack.destinations, profile: config.CAUSEWAY_PROFILE },
    resolve: dnsResolve(config.CAUSEWAY_DNS_SERVERS),
    authorities: authorities(config.CAUSEWAY_EGRESS_CA_FILE),
    dial,
    names: namesOfRuns(),
    bodies: bodiesOnBus(bus, spent),
    spent,
    own: () => ({ addresses: ownAddresses(), ports: [config.CAUSEWAY_HTTP_PORT, proxy.listener.port() ?? 0] }),
  };
  const inHand = callsInHand();
  hearStops(bus, inHand, log);
  const ledger = ledgerClient({ bus, writer: 'egress-proxy' });
  const packs = createPacks({ ledger, folder, log });
  const endHearing = hearPolicy(bus, packs, log);
  const secrets = secretDesks({
    ...{ ledger, edge: systemEdge, log },
    ...{ dir: config.CAUSEWAY_SECRETS_DIR, vaultTokenFile: config.CAUSEWAY_VAULT_TOKEN_FILE },
  });
  await secrets.open({ ...outside, policy: folder });
  const calls = fetchCalls({ outside, packs, secrets, ledger, edge: systemEdge, inHand, log });
  const proxy: ForwardProxy = forwardProxy({
    ...{ outside, packs, fetches: calls, ledger, edge: systemEdge, inHand, bus, log },
    ...{ runAuthorities: await authoritiesOfRuns(config), instance: config.CAUSEWAY_INSTANCE },
  });
  log.info({ policy: folder.ref, profile: config.CAUSEWAY_PROFILE }, 'policy loaded');
  const models = modelCalls(calls, { chunks: chunksOnBus(bus), count: countTokens });
  const providers = [
    { provide: FETCH_CALLS, useValue: calls },
    { provide: MODEL_CALLS, useValue: models },
    { provide: TAKE_UP, useValue: proxy.takeUp },
  ];
  let announcer: Announcer | undefined;
  return {
    module: { module: AppModule, controllers: [FetchController, ModelController, ForwardController], providers },
    checks: [{ name: 'announced', isReady: () => announcer?.isAnnounced() ?? false }],
    start: async () => {
      const capabilities = announcementsOf([httpFetch, modelChat, networkForward, networkTunnel]);
      announcer = announceCapabilities({ bus, owner: 'egress-proxy', capabilities, log });
      proxy.serveReplicas();
      await listenForProxied(proxy, config, log);
    },
    stop: async () => {
      endHearing();
      announcer?.stop();
      await proxy.close();
      secrets.close();
    },
  };
}

async function authoritiesOfRuns({ CAUSEWAY_INTERCEPT_KEY_FILE: file }: Config) {
  const newSerial = (): string => systemEdge.newUuid().replaceAll('-', '');
  return runAuthorities({ master: await masterKey(file), now: systemEdge.now, newSerial });
}

/** Without a port of its own there is no forward proxy here: nobody waits, and calls for who waits elsewhere are handed on. */
async function listenForProxied({ listener }: ForwardProxy, config: Config, log: Logger): Promise<void> {
  const { CAUSEWAY_PROXY_HOST: host, CAUSEWAY_PROXY_PORT: port } = config;
  if (port === undefined) return;
  await listener.listen({ host, port });
  log.info({ proxyPort: listener.port() }, 'the forward proxy listens');
}

function authorities(file: string | undefined): readonly string[] | undefined {
  return file === undefined ? undefined : [...rootCertificates, readFileSync(file, 'utf8')];
}
