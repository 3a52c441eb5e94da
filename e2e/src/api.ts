import {
  fromCloudEvent,
  httpApi,
  pathOf,
  type AuditPage,
  type JsonObject,
  type OpenedSession,
  type Problem,
  type RecordedEvent,
  type RouteContract,
  type RunView,
  type StepOutcome,
} from '@causeway/contracts';
import { send } from './http.ts';
import type { System } from './system.ts';

type Request = {
  readonly token: string;
  readonly params?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: string | number };
  readonly body?: unknown;
};
export type Answer<Body = unknown> = { readonly status: number; readonly body: Body };

export type Api = ReturnType<typeof apiOf>;
/** An agent's session with one run. */
export type Work = { readonly sessionId: string; readonly token: string; readonly runId: string };
export type NewRun = { readonly steps?: number; readonly predicate?: unknown; readonly goal?: string };

/** The HTTP surface of a system, as people and agents use it. */
export function apiOf({ gatewayUrl, keys }: Pick<System, 'gatewayUrl' | 'keys'>) {
  async function call<Body>(route: Pick<RouteContract, 'method' | 'path'>, asked: Request): Promise<Answer<Body>> {
    const url = new URL(pathOf(route, asked.params), gatewayUrl);
    for (const [name, value] of Object.entries(asked.query ?? {})) url.searchParams.set(name, String(value));
    const credential = { authorization: `Bearer ${asked.token}` };
    const { status, body } =
      asked.body === undefined
        ? await send({ method: route.method, url, headers: credential })
        : await send({
            method: route.method,
            url,
            headers: { ...credential, 'content-type': 'application/json' },
            body: JSON.stringify(asked.body),
          });
    return { status, body: body as Body };
  }

  /** The body of an answer that has to be good. */
  async function good<Body>(route: Pick<RouteContract, 'method' | 'path'>, asked: Request): Promise<Body> {
    const { status, body } = await call<Body>(route, asked);
    if (status >= 400) throw new Error(`${route.method} ${route.path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async function events(query: { readonly [name: string]: string | number } = {}): Promise<RecordedEvent[]> {
    const found: RecordedEvent[] = [];
    for (let fromPosition = 0; ;) {
      const asked = { token: keys.operator, query: { ...query, fromPosition, limit: 1000 } };
      const page = await good<AuditPage>(httpApi.readAudit, asked);
      found.push(...page.events.map(fromCloudEvent));
      if (page.scannedTo >= page.nextPosition || page.scannedTo <= fromPosition) return found;
      fromPosition = page.scannedTo;
    }
  }

  return {
    call,
    good,
    /** The log in order, from its beginning. */
    events,
    startWork: async (
      agentId: string,
      { steps = 20, predicate = { kind: 'manual' }, goal = 'be tested' }: NewRun = {},
    ): Promise<Work> => {
      const opened = { token: keys.operator, body: { agentId } };
      const { session, token } = await good<OpenedSession>(httpApi.openSession, opened);
      const { sessionId } = session;
      const body = { sessionId, goal, budget: { steps }, predicate };
      const { runId } = await good<RunView>(httpApi.startRun, { token: keys.operator, body });
      return { sessionId, token, runId };
    },
    step: ({ runId, token }: Work, stepId: string, [capability, input]: readonly [string, JsonObject]) =>
      call<StepOutcome & Partial<Problem>>(httpApi.executeStep, {
        token,
        params: { runId },
        body: { stepId, capability, input },
      }),
    claim: ({ runId, token }: Work) => good<RunView>(httpApi.claimCompletion, { token, params: { runId }, body: {} }),
    /** Position that the next event will get. */
    nextPosition: async (): Promise<number> => {
      const asked = { token: keys.operator, query: { limit: 1 } };
      return (await good<AuditPage>(httpApi.readAudit, asked)).nextPosition;
    },
  };
}

export const aText = (title: string) => ['resource.ingest', { source: 'text', text: 'Some text.', title }] as const;
export const aList = ['resource.list', {}] as const;
