import {
  acknowledgeStep,
  activatePolicy,
  addSigningKey,
  addSubgoals,
  archiveRange,
  cancelRun,
  checkpointRun,
  claimCompletion,
  completeRun,
  denyApproval,
  executeStep,
  extendBudget,
  extendPool,
  findResources,
  getApproval,
  getCheckpoint,
  getLogKeys,
  getNote,
  getPolicyPack,
  getRun,
  getRunCheckpoint,
  getSession,
  getStep,
  grantApproval,
  hearAgent,
  liftKill,
  listApprovals,
  listArchives,
  listCapabilities,
  listGrants,
  listNotes,
  noteValue,
  listKills,
  listPools,
  listRuns,
  listSteps,
  listWaiting,
  moveRun,
  openSession,
  pauseRun,
  proveConsistency,
  proveInclusion,
  pullKill,
  readLeaves,
  readResource,
  readTile,
  rebuildProjectionsOf,
  restoreRange,
  resumeRun,
  retireSigningKey,
  returnApproval,
  revokeGrant,
  revokeRule,
  revokeSession,
  signalRun,
  startRun,
  type MessageContract,
  type ReplyEnvelope,
  type RequestMeta,
} from '@causeway/contracts';
import { rejected, type Bus } from '@causeway/messaging';

/** A request as an owner received it. */
export type Received = { readonly name: string; readonly data: unknown; readonly meta: RequestMeta };
type Reply = (data: never, meta: RequestMeta) => ReplyEnvelope<unknown> | Promise<ReplyEnvelope<unknown>>;

export type StubOwner = {
  readonly received: Received[];
  /** What this contract is answered from now on. */
  readonly answer: (contract: MessageContract, reply: Reply) => void;
  readonly last: (contract: MessageContract) => Received | undefined;
};

const ORCHESTRATOR: readonly MessageContract[] = [
  ...[openSession, revokeSession, getSession, startRun, listRuns, getRun, claimCompletion, cancelRun, completeRun],
  ...[addSubgoals, noteValue, getNote, listNotes],
  ...[activatePolicy, revokeRule, moveRun, getPolicyPack],
  ...[pauseRun, resumeRun, signalRun, hearAgent, checkpointRun, getRunCheckpoint, pullKill, liftKill, listKills],
  ...[executeStep, listSteps, getStep, getApproval, listCapabilities, listApprovals, grantApproval, denyApproval],
  ...[returnApproval, acknowledgeStep, listWaiting, listGrants, revokeGrant],
  ...[extendBudget, extendPool, listPools],
  rebuildProjectionsOf('run-orchestrator'),
] as MessageContract[];
const RESOURCES = [findResources, readResource, rebuildProjectionsOf('resource-store')] as MessageContract[];
const PROOFS = [
  ...[getCheckpoint, getLogKeys, proveConsistency, proveInclusion, readLeaves, readTile],
  ...[addSigningKey, retireSigningKey, archiveRange, listArchives, restoreRange],
] as MessageContract[];

function serveStub(bus: Bus, contracts: readonly MessageContract[]): StubOwner {
  const received: Received[] = [];
  const replies = new Map<string, Reply>();
  for (const contract of contracts) {
    bus.serve(contract, async ({ data, meta }) => {
      received.push({ name: contract.name, data, meta });
      const reply = replies.get(contract.name);
      return reply ? reply(data as never, meta) : rejected('INTERNAL', `the test says nothing about ${contract.name}`);
    });
  }
  return {
    received,
    answer: (contract, reply) => void replies.set(contract.name, reply),
    last: (contract) => received.findLast(({ name }) => name === contract.name),
  };
}

export const serveStubOrchestrator = (bus: Bus): StubOwner => serveStub(bus, ORCHESTRATOR);
/** The part of audit-ledger that proves, signs and archives. */
export const serveStubProofs = (bus: Bus): StubOwner => serveStub(bus, PROOFS);
export const serveStubResources = (bus: Bus): StubOwner => serveStub(bus, RESOURCES);
