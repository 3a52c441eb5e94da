import type { StepGrant } from '@causeway/contracts';

/** What waits at the listener for its step: bound to the run, the step and the input that were sent for it. */
export type Waiting<Carried> = {
  readonly runId: string;
  readonly stepId: string;
  readonly inputDigest: string;
  readonly carried: Carried;
};

export type WaitingConnections<Carried> = {
  /** Lets a connection wait; what is returned ends that, and tells whether it still waited. */
  readonly enter: (connection: string, waiting: Waiting<Carried>) => () => boolean;
  /** Takes out the connection that this grant is for, once. Undefined when none waits, or when the grant is for something else. */
  readonly take: (connection: string, grant: StepGrant, inputDigest: string) => Carried | undefined;
  readonly count: () => number;
};

/** Connections between their request and the call that lets them go on. A grant is not enough to take one: it has to be the very one. */
export function waitingConnections<Carried>(): WaitingConnections<Carried> {
  const byId = new Map<string, Waiting<Carried>>();
  return {
    enter: (connection, waiting) => {
      byId.set(connection, waiting);
      return () => byId.delete(connection);
    },
    take: (connection, { runId, stepId, inputDigest: granted }, inputDigest) => {
      const waiting = byId.get(connection);
      if (!waiting || waiting.runId !== runId || waiting.stepId !== stepId) return undefined;
      if (waiting.inputDigest !== inputDigest || granted !== inputDigest) return undefined;
      byId.delete(connection);
      return waiting.carried;
    },
    count: () => byId.size,
  };
}
