import { auditLedgerEvents, type AuditLedgerEvent } from './audit-ledger/events.ts';
import type { CapabilityContract } from './capability.ts';
import type { EventContract } from './define.ts';
import { httpFetch } from './egress-proxy/capabilities.ts';
import { modelChat } from './egress-proxy/model.ts';
import { networkForward, networkTunnel } from './egress-proxy/forward-capabilities.ts';
import { egressProxyEvents, type EgressProxyEvent } from './egress-proxy/events.ts';
import { getResource, ingestResource, listResources, ping } from './resource-store/capabilities.ts';
import { resourceStoreEvents, type ResourceStoreEvent } from './resource-store/events.ts';
import { runOrchestratorEvents, type RunOrchestratorEvent } from './run-orchestrator/events.ts';

/** Every event type there is, by name. */
export const EVENT_CONTRACTS: ReadonlyMap<string, EventContract> = new Map(
  [runOrchestratorEvents, egressProxyEvents, resourceStoreEvents, auditLedgerEvents].flatMap((group) =>
    Object.entries<EventContract>(group),
  ),
);
export type CausewayEvent = RunOrchestratorEvent | EgressProxyEvent | ResourceStoreEvent | AuditLedgerEvent;

/** Every capability an agent can name in a step, by id. */
export const CAPABILITIES: ReadonlyMap<string, CapabilityContract> = new Map<string, CapabilityContract>(
  [httpFetch, modelChat, networkForward, networkTunnel, ingestResource, getResource, listResources, ping].map(
    (capability) => [capability.id, capability as CapabilityContract],
  ),
);
