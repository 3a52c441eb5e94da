import {
  checkCredential,
  executeForwardedStep,
  forwardAt,
  tunnelAt,
  type Rejection,
  type RequestMeta,
} from '@causeway/contracts';
import type { LedgerPort } from '@causeway/eventing';
import { rejected, type Bus, type Log } from '@causeway/messaging';
import type { Edge } from '../edge.ts';
import type { CallsInHand } from '../fetch/calls-in-hand.ts';
import type { FetchCalls } from '../fetch/fetch-calls.ts';
import { authorityPage } from '../intercept/authority-page.ts';
import { interceptor } from '../intercept/interceptor.ts';
import type { RunAuthorities } from '../intercept/run-authorities.ts';
import type { Surroundings } from '../fetch/outside.ts';
import type { Packs } from '../packs/packs.ts';
import type { Credential } from './credential.ts';
import { proxyListener, type ProxyListener } from './listener.ts';
import { stepOffers, type Execute } from './step-offers.ts';
import { lobby, takeUp, type TakeUp } from './taken-up.ts';
import { tunnelCalls } from './tunnel-calls.ts';
import { unownedAttempts } from './unowned-attempts.ts';

export type ForwardProxyParts = {
  readonly outside: Surroundings;
  readonly packs: Packs;
  readonly fetches: FetchCalls;
  readonly ledger: LedgerPort;
  readonly edge: Edge;
  readonly inHand: CallsInHand;
  readonly bus: Pick<Bus, 'request' | 'serve'>;
  /** Whose certificates clients are shown where their tunnels are looked into. */
  readonly runAuthorities: RunAuthorities;
  /** Of this process; the listener's id is made of it and of chance, so that another process of the same name is another listener. */
  readonly instance: string;
  readonly log: Log;
};

export type ForwardProxy = {
  readonly takeUp: TakeUp;
  readonly listener: ProxyListener;
  /** Closes every connection that waits here. */
  readonly close: () => Promise<void>;
  /** Takes calls that another replica got for connections that wait here. */
  readonly serveReplicas: () => void;
};

const EXECUTE_SPARE_MS = 5_000;
const ASK_AGAIN_MS = 30_000;
const SELF = { kind: 'system' as const, id: 'egress-proxy' };

/** The forward proxy of this process, from its parts. */
export function forwardProxy(parts: ForwardProxyParts): ForwardProxy {
  const { outside, packs, fetches, ledger, edge, inHand, bus, runAuthorities, instance, log } = parts;
  const { egress } = packs.active().pack;
  const longestMs = (): number => {
    const { tunnelMs, forwardMs = 0, approvalWaitMs } = packs.active().pack.egress;
    return Math.max(tunnelMs, forwardMs) + approvalWaitMs;
  };
  const here = lobby(`${instance}-${hexOf(edge.newUuid()).slice(0, 8)}`);
  const intercept = interceptor(runAuthorities);
  const tunnels = tunnelCalls({ outside, packs, ledger, edge, inHand, intercept, log });
  const taking = takeUp({ lobby: here, fetches, tunnels, bus });
  const unowned = unownedAttempts({ ledger, edge, listener: here.listener, log });
  const listener = proxyListener({
    unowned,
    lobby: here,
    offer: stepOffers(executing(bus, edge, longestMs), egress.approvalWaitMs),
    bodyLimits: () => {
      const { maxRequestBytes: heldBytes, forwardBytesOut: passedBytes = 0 } = packs.active().pack.egress;
      return { heldBytes, passedBytes };
    },
    newConnectionId: () => hexOf(edge.newUuid()),
    authorityPage: authorityPage({
      ...{ authorities: runAuthorities, unowned, check: checking(bus, edge) },
      patterns: () => packs.active().pack.egress.intercept,
    }),
    log,
  });
  return {
    takeUp: taking,
    listener,
    close: async () => {
      if (listener.port() !== undefined) await listener.close();
      await unowned.close();
    },
    serveReplicas: () => {
      bus.serve(forwardAt(here.listener), ({ data, meta }) => taking.forward(data, meta));
      bus.serve(tunnelAt(here.listener), ({ data, meta }) => taking.tunnel(data, meta));
    },
  };
}

function executing(bus: Pick<Bus, 'request'>, edge: Pick<Edge, 'newUuid'>, lastsMs: () => number): Execute {
  return (step) => {
    const meta: RequestMeta = { id: edge.newUuid(), actor: SELF, correlationId: step.runId };
    const timeoutMs = lastsMs() + EXECUTE_SPARE_MS;
    const asked = bus.request(executeForwardedStep, step, meta, { timeoutMs, attemptMs: ASK_AGAIN_MS });
    return asked.catch(() => UNDECIDED);
  };
}

const CHECK_MS = 5_000;

function checking(bus: Pick<Bus, 'request'>, edge: Pick<Edge, 'newUuid'>) {
  return async (credential: Credential): Promise<Rejection | undefined> => {
    const meta: RequestMeta = { id: edge.newUuid(), actor: SELF, correlationId: credential.runId };
    const answer = await bus.request(checkCredential, credential, meta, { timeoutMs: CHECK_MS }).catch(() => UNDECIDED);
    return answer.ok ? undefined : answer.rejection;
  };
}

/** Nobody waits for what is thrown once a connection was taken up. */
const UNDECIDED = rejected('SERVICE_UNAVAILABLE', 'the step could not be asked for; send the request again');

const hexOf = (uuid: string): string => uuid.replaceAll('-', '');
