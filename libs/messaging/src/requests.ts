import { createInbox, errors, type Msg, type NatsConnection } from '@nats-io/transport-node';

export type Requests = {
  /**
   * Sends a request and resolves to its answer. Rejects with a RequestError when nobody listens, the server forbids it or the connection is closed,
   * with a TimeoutError after `timeoutMs`, and with whatever `publish` throws.
   */
  readonly send: (subject: string, body: string | Uint8Array, timeoutMs: number) => Promise<Msg>;
  /** Tells the requests on a subject that the server does not let them through. */
  readonly forbid: (error: InstanceType<typeof errors.PermissionViolationError>) => void;
};

type Pending = {
  readonly subject: string;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (answer: Msg) => void;
  readonly reject: (error: Error) => void;
};

const NOBODY_LISTENS = 503;

/**
 * Requests over one inbox of a connection, told apart by the last word of the subject that they are answered on. The client's own requests do the
 * same, but take the stack of an error for every answer, which under load costs more than all the rest.
 */
export function createRequests(connection: NatsConnection, inboxPrefix: string): Requests {
  const inbox = `${createInbox(inboxPrefix)}.`;
  const pending = new Map<string, Pending>();
  let count = 0;

  function take(token: string): Pending | undefined {
    const request = pending.get(token);
    if (!request) return undefined;
    pending.delete(token);
    clearTimeout(request.timer);
    return request;
  }

  function answer(message: Msg): void {
    const request = take(message.subject.slice(inbox.length));
    if (!request) return;
    if (message.data.length > 0 || message.headers?.code !== NOBODY_LISTENS) return request.resolve(message);
    request.reject(requestError(new errors.NoRespondersError(request.subject)));
  }

  function rejectAll(cause: Error, isMeant: (request: Pending) => boolean): void {
    for (const [token, request] of pending) if (isMeant(request)) take(token)?.reject(requestError(cause));
  }

  connection.subscribe(`${inbox}*`, {
    callback: (error, message) => (error ? rejectAll(error, () => true) : answer(message)),
  });
  void connection.closed().then(() => rejectAll(new errors.ClosedConnectionError(), () => true));

  return {
    send: (subject, body, timeoutMs) =>
      new Promise((resolve, reject) => {
        const token = (count++).toString(36);
        connection.publish(subject, body, { reply: `${inbox}${token}` });
        const timer = setTimeout(() => take(token)?.reject(new errors.TimeoutError()), timeoutMs);
        pending.set(token, { subject, timer, resolve, reject });
      }),
    forbid: (error) => {
      if (error.operation === 'publish') rejectAll(error, ({ subject }) => subject === error.subject);
    },
  };
}

const requestError = (cause: Error): Error => new errors.RequestError(cause.message, { cause });
