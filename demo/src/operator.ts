import { readFileSync } from 'node:fs';
import {
  fromCloudEvent,
  httpApi,
  pathOf,
  type ApprovalView,
  type AuditPage,
  type OpenedSession,
  type RecordedEvent,
  type RunView,
} from '@causeway/contracts';
import { operatorKeyFile, type LocalOperator } from '@causeway/provisioning';
import { patientClient } from './patient-client.ts';

/** How long a service may be away before a person loses patience. */
const PATIENCE_MS = 60_000;
const BUDGET = { steps: 20, wallClockMs: 600_000 } as const;

export type Operator = ReturnType<typeof operatorAt>;

/** What the demo does as a person: start the work, watch it, approve. Each method throws when it is refused. */
export function operatorAt(gatewayUrl: string, home: string) {
  const as = (who: LocalOperator) => {
    const token = readFileSync(operatorKeyFile(home, who), 'utf8').trim();
    const ask = patientClient({ baseUrl: gatewayUrl, token, patienceMs: PATIENCE_MS });
    return async <Body>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Body> => {
      const answer = await ask(method, path, body);
      if (answer.status >= 400) throw new Error(`${method} ${path} was refused: ${JSON.stringify(answer.body)}`);
      return answer.body as Body;
    };
  };
  const operator = as('local-operator');
  const approver = as('local-approver');

  return {
    openSession: (agentId: string) => operator<OpenedSession>('POST', pathOf(httpApi.openSession), { agentId }),
    revokeSession: (sessionId: string) =>
      operator('POST', pathOf(httpApi.revokeSession, { sessionId }), { reason: 'the demo is over' }),
    /** A run that is done only when the ledger shows a POST that succeeded. */
    startRun: (sessionId: string, goal: string) => {
      const predicate = { kind: 'capability_succeeded', capability: 'network.http-fetch', input: { method: 'POST' } };
      return operator<RunView>('POST', pathOf(httpApi.startRun), { sessionId, goal, budget: BUDGET, predicate });
    },
    /** A run, from a view that holds this ledger position. */
    run: (runId: string, minPosition = 0) =>
      operator<RunView>('GET', `${pathOf(httpApi.getRun, { runId })}?minPosition=${minPosition}`),
    cancelRun: (runId: string, reason: string) =>
      operator<RunView>('POST', pathOf(httpApi.cancelRun, { runId }), { reason }),
    /** Every event of a run so far, in ledger order. */
    eventsOf: async (runId: string): Promise<RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      for (let from = 0; ;) {
        const query = `?runId=${runId}&fromPosition=${from}&limit=1000`;
        const page = await operator<AuditPage>('GET', `${pathOf(httpApi.readAudit)}${query}`);
        events.push(...page.events.map(fromCloudEvent));
        if (page.scannedTo >= page.nextPosition || page.scannedTo <= from) return events;
        from = page.scannedTo;
      }
    },
    /** An approval, from a view that holds this ledger position. */
    approval: (approvalId: string, minPosition = 0) =>
      approver<ApprovalView>('GET', `${pathOf(httpApi.getApproval, { approvalId })}?minPosition=${minPosition}`),
    grant: ({ approvalId, digest, content: { statement } }: ApprovalView) =>
      approver<ApprovalView>('POST', pathOf(httpApi.grantApproval, { approvalId }), {
        ...{ digest, reason: 'read it; every fact is on the pages' },
        ...(statement === undefined ? {} : { statement }),
      }),
  };
}
