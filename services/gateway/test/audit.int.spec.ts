import {
  getRun,
  httpApi,
  listRuns,
  pathOf,
  rebuildProjectionsOf,
  type AuditPage,
  type CloudEvent,
  type RebuiltProjections,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { idNumber, OTHER_RUN, RUN, runView, SESSION } from './samples.ts';
import { runEvent, sessionOpened, sessionRevoked } from './told-ledger.features.ts';

type Sent = { readonly id: number; readonly event: string; readonly data: CloudEvent };

/** A reader of server-sent events that keeps what it was sent. */
async function readStream(on: GatewayUnderTest, credential: string, query = '', headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const url = `${on.url}${pathOf(httpApi.streamAudit)}${query}`;
  const response = await fetch(url, { headers: { ...bearer(credential), ...headers }, signal: abort.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const sent: Sent[] = [];
  let text = '';

  async function until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the stream ended after ${sent.length} events`);
      text += value;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) if (block.startsWith('id: ')) sent.push(parsed(block));
    }
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    sent,
    positions: async (count: number) => {
      await until(() => sent.length >= count);
      return sent.map(({ id }) => id);
    },
    ended: () => until(() => false).then(undefined, (error: Error) => error.message),
    close: () => abort.abort(),
  };
}

function parsed(block: string): Sent {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))) as Record<
    string,
    string
  >;
  return { id: Number(fields['id']), event: fields['event']!, data: JSON.parse(fields['data']!) as CloudEvent };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('the gateway, the audit log', () => {
  let on: GatewayUnderTest;
  const token = newToken();

  beforeAll(async () => {
    on = await gatewayUnderTest();
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)), runEvent(RUN), runEvent(OTHER_RUN), runEvent(RUN));
    await on.ready();
    on.orchestrator.answer(getRun, ({ runId }: { runId: string }) =>
      runId === RUN ? ok(runView()) : rejected('RUN_NOT_FOUND', 'no such run'),
    );
  });
  afterAll(() => on.stop());

  const page = async (query: string) => {
    const { body } = await on.ask<AuditPage>(`${pathOf(httpApi.readAudit)}${query}`, {
      headers: bearer(on.keys.viewer),
    });
    return body;
  };

  it('reads the log as CloudEvents, page by page', async () => {
    const first = await page('?limit=2');
    expect(first.events.map(({ position }) => position)).toEqual([0, 1]);
    expect(first.events[0]).toMatchObject({
      specversion: '1.0',
      type: 'dev.causeway.session.opened',
      source: 'ledger.test',
    });
    const rest = await page(`?fromPosition=${first.scannedTo}`);
    expect(rest.events[0]?.position).toBe(2);
    expect(rest.scannedTo).toBe(rest.nextPosition);
  });

  it('reads one run or some types without losing count', async () => {
    const ofRun = await page(`?runId=${RUN}`);
    expect(ofRun.events.map(({ position }) => position)).toEqual([1, 3]);
    const opened = await page('?types=session.opened,session.revoked&limit=3');
    expect({ positions: opened.events.map(({ position }) => position), to: opened.scannedTo }).toEqual({
      positions: [0],
      to: 3,
    });
  });

  it('streams what was and what comes, each position once and in order', async () => {
    const stream = await readStream(on, on.keys.viewer, '?fromPosition=0');
    const first = on.ledger.length();
    expect(await stream.positions(first)).toEqual(range(0, first));
    await on.ledger.tell(runEvent(RUN));
    on.ledger.publish(first);
    on.ledger.publish(1);
    await on.ledger.tellSilently(runEvent(RUN));
    await on.ledger.tell(runEvent(RUN));
    expect(await stream.positions(first + 3)).toEqual(range(0, first + 3));
    expect(stream).toMatchObject({ status: 200, contentType: 'text/event-stream; charset=utf-8' });
    expect(stream.sent[0]).toMatchObject({ event: 'session.opened', data: { position: 0, id: expect.any(String) } });
    stream.close();
  });

  it('goes on after the last event that the client has', async () => {
    const stream = await readStream(on, on.keys.viewer, '?fromPosition=0', { 'last-event-id': '1' });
    expect((await stream.positions(2)).slice(0, 2)).toEqual([2, 3]);
    stream.close();
  });

  it('starts with what happens next when no position is named', async () => {
    const now = on.ledger.length();
    const stream = await readStream(on, on.keys.viewer);
    await on.ledger.tell(runEvent(RUN));
    expect(await stream.positions(1)).toEqual([now]);
    stream.close();
  });

  it('catches up from the ledger with a log longer than what it keeps in memory', async () => {
    const first = on.ledger.length();
    await on.ledger.tell(...Array.from({ length: 700 }, () => runEvent(OTHER_RUN)));
    const stream = await readStream(on, on.keys.viewer, `?fromPosition=${first}`);
    expect(await stream.positions(700)).toEqual(range(first, first + 700));
    stream.close();
  });

  it('shows an agent one run of its own session and nothing else', async () => {
    const stream = await readStream(on, token, `?fromPosition=0&runId=${RUN}`);
    await on.ledger.tell(runEvent(OTHER_RUN), runEvent(RUN));
    const last = on.ledger.length() - 1;
    while (!stream.sent.some(({ id }) => id === last)) await stream.positions(stream.sent.length + 1);
    expect(new Set(stream.sent.map(({ data }) => data.subject))).toEqual(new Set([RUN]));
    stream.close();
    const other = await on.ask(`${pathOf(httpApi.streamAudit)}?runId=${OTHER_RUN}`, { headers: bearer(token) });
    expect(other).toMatchObject({ status: 404, body: { code: 'RUN_NOT_FOUND' } });
  });

  it('ends the stream of an agent whose session is revoked', async () => {
    const lost = newToken();
    const sessionId = idNumber('session', 5);
    await on.ledger.tell(sessionOpened(sessionId, sha256(lost)));
    const stream = await readStream(on, lost, `?runId=${RUN}`);
    await on.ledger.tell(sessionRevoked(sessionId), runEvent(RUN));
    expect(await stream.ended()).toBe('the stream ended after 0 events');
  });

  it('asks the ledger to verify itself', async () => {
    const answer = await on.ask(pathOf(httpApi.verifyAudit), { headers: bearer(on.keys.viewer) });
    expect(answer).toMatchObject({ status: 200, body: { good: true, checked: on.ledger.length() } });
  });

  describe('rebuilding projections', () => {
    const row = (projection: string) => ({
      ...{ projection, events: 1, position: 1, digestBefore: 'a', digestAfter: 'a', equal: true },
    });
    const rebuild = () =>
      on.ask<RebuiltProjections>(pathOf(httpApi.rebuildProjections), {
        method: 'POST',
        headers: bearer(on.keys.admin),
      });

    it('lists those of every owner and its own, which equals what it replaces', async () => {
      on.orchestrator.answer(rebuildProjectionsOf('run-orchestrator'), () => ok({ projections: [row('runs')] }));
      on.resources.answer(rebuildProjectionsOf('resource-store'), () => ok({ projections: [row('resources')] }));
      const { status, body } = await rebuild();
      const own = body.projections.find(({ projection }) => projection === 'gateway.sessions');
      expect(status).toBe(200);
      expect(body.projections.map(({ projection }) => projection)).toEqual(['runs', 'resources', 'gateway.sessions']);
      expect(own).toMatchObject({ equal: true, events: 3, digestBefore: own?.digestAfter });
      on.orchestrator.answer(listRuns, () => ok({ runs: [] }));
      expect((await on.ask(pathOf(httpApi.listRuns), { headers: bearer(token) })).status).toBe(200);
    });

    it('passes on that an owner could not', async () => {
      on.resources.answer(rebuildProjectionsOf('resource-store'), () => rejected('LEDGER_UNAVAILABLE', 'no answer'));
      expect(await rebuild()).toMatchObject({ status: 503, body: { code: 'LEDGER_UNAVAILABLE' } });
    });
  });
});
