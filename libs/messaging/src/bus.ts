import {
  fieldErrors,
  RequestEnvelope,
  type DataOf,
  type MessageContract,
  type ReplyEnvelope,
  type ReplyOf,
  type RequestMeta,
} from '@causeway/contracts';
import { connect, errors, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { ask, type Answered, type RequestOptions } from './ask.ts';
import type { Log } from './log.ts';
import { packed, unpacked } from './frame.ts';
import { createOutbox } from './outbox.ts';
import { rejected, rejectionOf } from './reply.ts';
import { createRequests, type Requests } from './requests.ts';

export type BusOptions = {
  /** nats://host:port */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Name of the client, as the server shows it. */
  readonly name: string;
  readonly log: Log;
};

/** A request as its owner sees it: data checked against the contract, and who asks. */
export type Incoming<C extends MessageContract> = {
  readonly data: DataOf<C>;
  readonly meta: RequestMeta;
  readonly subject: string;
  /** What came behind the data: of a contract with `dataBytes` alone. */
  readonly bytes?: Uint8Array;
};
/** What it answers may have bytes besides, which travel behind the reply. */
export type Handler<C extends MessageContract> = (request: Incoming<C>) => Promise<Answered<ReplyOf<C>>>;

export type ServeOptions = {
  /** `owner`: one of the owner's replicas gets each request. `none`: whoever serves gets every one. Default `owner`. */
  readonly group?: 'owner' | 'none';
};

export type Bus = {
  readonly request: <C extends MessageContract>(
    contract: C,
    data: C['data']['_zod']['input'],
    meta: RequestMeta,
    options?: RequestOptions,
  ) => Promise<Answered<ReplyOf<C>>>;
  /** {@link Bus.request} with data that is JSON text already. */
  readonly requestWritten: <C extends MessageContract>(
    contract: C,
    data: string,
    meta: RequestMeta,
    options?: RequestOptions,
  ) => Promise<ReplyEnvelope<ReplyOf<C>>>;
  /** Serves a contract until the subscription is ended. */
  readonly serve: <C extends MessageContract>(contract: C, handler: Handler<C>, options?: ServeOptions) => Subscription;
  readonly subscribe: (subject: string, onMessage: (bytes: Uint8Array, subject: string) => void) => Subscription;
  /** Takes no further requests and waits until those in hand are answered, at most `graceMs`. */
  readonly stopServing: (graceMs: number) => Promise<void>;
  /** Sends what is buffered and closes the connection. */
  readonly close: () => Promise<void>;
  /** Whether the connection stands and the server refused none of the subscriptions. */
  readonly isConnected: () => boolean;
  /** One request in hand and one question on its way, at most: nobody else would leave with what is sent now. */
  readonly isQuiet: () => boolean;
  readonly connection: NatsConnection;
};

/** A server that does not answer two of these is left for another attempt; deploy/nats/nats.conf has the same for clients. */
const PING_EVERY_MS = 2_000;

/** Connects to NATS as one user, whose inboxes are its own: no other user can read its replies. Keeps trying to reconnect for ever. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const inboxPrefix = `_INBOX.${options.user}`;
  const connection = await connect({
    servers: options.url,
    user: options.user,
    pass: options.password,
    name: options.name,
    inboxPrefix,
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    pingInterval: PING_EVERY_MS,
    maxPingOut: 2,
    waitOnFirstConnect: false,
  });
  const requests = createRequests(connection, inboxPrefix);
  let connected = true;
  void watchStatus(connection, options.log, {
    tell: (now) => {
      connected = now;
    },
    forbid: requests.forbid,
  });
  const served = new Set<Subscription>();
  let isRefused = false;
  const refuse = (error: Error, subject: string): void => {
    isRefused = true;
    options.log.error({ err: error, subject }, 'subscription refused');
  };
  let inHand = 0;
  let asked = 0;

  /** What a callback throws would otherwise end the connection. */
  function guarded(take: () => void, subject: string): void {
    try {
      take();
    } catch (error) {
      options.log.error({ err: error, subject }, 'a message could not be taken');
    }
  }

  const isQuiet = (): boolean => inHand <= 1 && asked <= 1;
  const outbox = createOutbox(isQuiet);

  async function asking<Value>(
    subject: string,
    body: string,
    requestOptions: RequestOptions,
  ): Promise<Answered<Value>> {
    asked++;
    try {
      const message = packed({ json: body, bytes: requestOptions.bytes });
      return await ask<Value>({ requests, outbox }, subject, message, requestOptions);
    } finally {
      asked--;
    }
  }

  async function answer(message: Msg, contract: MessageContract, handler: Handler<MessageContract>): Promise<void> {
    inHand++;
    const reply = await replyTo(message, contract, handler, options.log);
    outbox.add(() => {
      inHand--;
      if (message.reply && !connection.isClosed()) respond(message, contract, reply);
    });
  }

  function respond(message: Msg, contract: MessageContract, { bytes, ...reply }: Answered<unknown>): void {
    try {
      message.respond(packed({ json: JSON.stringify(reply), bytes }));
    } catch (error) {
      options.log.error({ err: error, subject: message.subject }, 'an answer could not be sent');
      const tooMuch = rejected('INTERNAL', `the answer of ${contract.name} cannot be sent; ask for less`);
      guarded(() => void message.respond(JSON.stringify(tooMuch)), message.subject);
    }
  }

  return {
    connection,
    isQuiet,
    isConnected: () => connected && !isRefused && !connection.isClosed() && !connection.isDraining(),
    request: (contract, data, meta, requestOptions = {}) =>
      asking(contract.subject, JSON.stringify({ ...meta, data }), requestOptions),
    requestWritten: (contract, data, meta, requestOptions = {}) =>
      asking(contract.subject, `${JSON.stringify(meta).slice(0, -1)},"data":${data}}`, requestOptions),
    serve: (contract, handler, { group = 'owner' } = {}) => {
      const subscription = connection.subscribe(contract.subject, {
        ...(group === 'owner' ? { queue: contract.owner } : {}),
        callback: (error, message) => {
          if (error) refuse(error, contract.subject);
          else void answer(message, contract, handler as unknown as Handler<MessageContract>);
        },
      });
      served.add(subscription);
      void subscription.closed.then(() => served.delete(subscription));
      return subscription;
    },
    subscribe: (subject, onMessage) =>
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error) refuse(error, subject);
          else guarded(() => onMessage(message.data, message.subject), subject);
        },
      }),
    stopServing: async (graceMs) => {
      await Promise.all([...served].map((subscription) => subscription.drain().catch(() => {})));
      const until = Date.now() + graceMs;
      while (inHand > 0 && Date.now() < until) await sleep(10);
    },
    close: () => connection.drain().catch(() => connection.close()),
  };
}

async function replyTo(
  message: Msg,
  contract: MessageContract,
  handler: Handler<MessageContract>,
  log: Log,
): Promise<Answered<unknown>> {
  try {
    const { json, bytes } = partsOf(message);
    const envelope = RequestEnvelope.safeParse(json);
    if (!envelope.success)
      return invalid(`the envelope around ${contract.name} does not fit: see errors`, envelope.error);
    const { data, ...meta } = envelope.data;
    const parsed = contract.data.safeParse(data);
    if (!parsed.success) return invalid(`the data of ${contract.name} does not fit: see errors`, parsed.error);
    if (hasTooManyBytes(contract, bytes)) return tooManyBytes(contract);
    return await handler({ data: parsed.data, meta, subject: message.subject, ...behind(contract, bytes) });
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection) {
      log.warn({ err: error, subject: message.subject }, 'a dependency failed');
      return { ok: false, rejection };
    }
    log.error({ err: error, subject: message.subject }, 'a handler failed');
    return rejected('INTERNAL', `${contract.owner} failed on ${contract.name}; its log says why`);
  }
}

const invalid = (detail: string, error: Parameters<typeof fieldErrors>[0]) =>
  rejected('REQUEST_INVALID', detail, { errors: fieldErrors(error) });

const hasTooManyBytes = ({ dataBytes = -1 }: MessageContract, bytes: Uint8Array | undefined): boolean =>
  bytes !== undefined && bytes.length > dataBytes;

const behind = (
  { dataBytes }: MessageContract,
  bytes: Uint8Array = new Uint8Array(),
): { readonly bytes?: Uint8Array } => (dataBytes === undefined ? {} : { bytes });

const tooManyBytes = ({ name, dataBytes }: MessageContract) =>
  rejected(
    'REQUEST_INVALID',
    `${name} takes ${dataBytes === undefined ? 'no' : `at most ${dataBytes}`} bytes behind its data`,
  );

/** What the message holds; no JSON where it holds none. */
function partsOf({ data }: Msg): { readonly json?: unknown; readonly bytes?: Uint8Array | undefined } {
  try {
    const { json, bytes } = unpacked(data);
    return { json: JSON.parse(json), bytes };
  } catch {
    return {};
  }
}

async function watchStatus(
  connection: NatsConnection,
  log: Log,
  { tell, forbid }: { readonly tell: (connected: boolean) => void; readonly forbid: Requests['forbid'] },
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'error') {
      log.error({ err: status.error }, 'bus error');
      if (status.error instanceof errors.PermissionViolationError) forbid(status.error);
    }
    if (status.type !== 'disconnect' && status.type !== 'reconnect') continue;
    tell(status.type === 'reconnect');
    log.warn({ server: status.server }, `bus ${status.type}`);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
