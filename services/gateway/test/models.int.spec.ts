import { request } from 'node:http';
import {
  executeStep,
  httpApi,
  pathOf,
  readResource,
  subjectOf,
  type DataOf,
  type ModelChatResult,
  type ReplyEnvelope,
  type RouteContract,
  type StepOutcome,
} from '@causeway/contracts';
import { ok, rejected, type Bus } from '@causeway/messaging';
import { bearer, gatewayUnderTest, newToken, sha256, type GatewayUnderTest } from './gateway.features.ts';
import { idNumber, RUN, SESSION, stepOutcome } from './samples.ts';
import { sessionOpened } from './told-ledger.features.ts';

const usage = { model: 'm-1', inputTokens: 1, outputTokens: 1, costMicros: 1, estimated: false, cutOff: false };
const EVENTS = 'data: {"one":1}\n\ndata: {"two":2}\n\ndata: [DONE]\n\n';
const result = (more: Partial<ModelChatResult> = {}): ModelChatResult => ({
  status: 200,
  body: EVENTS,
  usage,
  cutOff: false,
  ...more,
});
const done = (more: Partial<ModelChatResult> = {}, over: Partial<StepOutcome> = {}): ReplyEnvelope<StepOutcome> =>
  ok(stepOutcome({ capability: 'model.chat', result: { value: result(more), untrusted: true }, ...over }));

describe('model calls at the gateway', () => {
  let on: GatewayUnderTest;
  let proxy: Bus;
  let steps = 0;
  const token = newToken();

  beforeAll(async () => {
    on = await gatewayUnderTest();
    proxy = await on.infrastructure.connect('egress-proxy');
    await on.ledger.tell(sessionOpened(SESSION, sha256(token)));
    await on.ready();
  });
  afterAll(() => on.stop());

  const body = (more: object = {}) => ({ model: 'm-1', messages: [{ role: 'user', content: 'hi' }], ...more });
  const named = { 'causeway-run': RUN };
  const chat = (asked: object = {}, headers: Record<string, string> = { ...bearer(token), ...named }) =>
    on.ask<string>(pathOf(httpApi.openaiChat), { method: 'POST', headers, body: body(asked) });
  /** Sends a piece as egress-proxy does. */
  const piece = (stepId: string, at: number, text: string) =>
    proxy.connection.publish(
      subjectOf({ kind: 'stream', owner: 'egress-proxy', runId: RUN, stepId }),
      JSON.stringify({ at, text }),
    );
  const newStep = (): string => `step-${++steps}`;
  /** A stream during which these pieces come, and then this. */
  async function streamed(
    pieces: readonly (readonly [number, string])[],
    end: ReplyEnvelope<StepOutcome>,
    asked: object = {},
  ) {
    const stepId = newStep();
    on.orchestrator.answer(executeStep, async () => {
      for (const [at, text] of pieces) piece(stepId, at, text);
      await proxy.connection.flush();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return end;
    });
    return chat({ stream: true, causeway: { stepId }, ...asked });
  }

  it('are steps of the run that is named, with what the provider is to get', async () => {
    on.orchestrator.answer(executeStep, () => done({ body: '{"choices":[]}' }));
    const answer = await chat({ max_completion_tokens: 5, temperature: 0, stream_options: { include_usage: true } });
    expect(answer).toMatchObject({ status: 200, body: { choices: [] } });
    const data = on.orchestrator.last(executeStep)?.data as DataOf<typeof executeStep>;
    expect(data).toMatchObject({ runId: RUN, sessionId: SESSION, capability: 'model.chat' });
    const request = { messages: body().messages, temperature: 0 };
    expect(data.input).toEqual({ dialect: 'openai', model: 'm-1', stream: false, maxTokens: 5, request });
  });

  it('take the session token where clients of Anthropic put it, and the run in the body', async () => {
    on.orchestrator.answer(executeStep, () => done({ body: '{}' }));
    for (const route of [httpApi.anthropicMessages, httpApi.anthropicClientMessages]) {
      const asked = { method: 'POST' as const, body: body({ max_tokens: 7, causeway: { runId: RUN } }) };
      expect(await on.ask(pathOf(route), { ...asked, headers: { 'x-api-key': token } })).toMatchObject({ status: 200 });
      expect(await on.ask(pathOf(route), { ...asked, headers: { 'x-api-key': newToken() } })).toMatchObject({
        status: 401,
      });
      expect((on.orchestrator.last(executeStep)?.data as DataOf<typeof executeStep>).input).toMatchObject({
        dialect: 'anthropic',
        maxTokens: 7,
      });
    }
    const leaking = {
      method: 'POST' as const,
      body: body({ user: token, causeway: { runId: RUN } }),
      headers: { 'x-api-key': token },
    };
    expect(await on.ask(pathOf(httpApi.openaiChat), leaking)).toMatchObject({
      status: 400,
      body: { code: 'CREDENTIAL_IN_BODY' },
    });
  });

  it('can name the run in the address, where nothing but address and key can be set', async () => {
    on.orchestrator.answer(executeStep, () => done({ body: '{}' }));
    const asked = (route: RouteContract, headers: Record<string, string>) =>
      on.ask(pathOf(route, { runId: RUN }), { method: 'POST', headers, body: body({ max_tokens: 7 }) });
    expect(await asked(httpApi.runOpenaiChat, bearer(token))).toMatchObject({ status: 200 });
    expect(on.orchestrator.last(executeStep)?.data).toMatchObject({ runId: RUN, input: { dialect: 'openai' } });
    expect(await asked(httpApi.runAnthropicMessages, { 'x-api-key': token })).toMatchObject({ status: 200 });
    expect(on.orchestrator.last(executeStep)?.data).toMatchObject({ runId: RUN, input: { dialect: 'anthropic' } });
    const other = { ...bearer(token), 'causeway-run': idNumber('run', 9) };
    expect(await asked(httpApi.runOpenaiChat, other)).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID', detail: expect.stringContaining('different runs') as string },
    });
  });

  it('are refused in words that clients of the provider show, before and after the request is read', async () => {
    const asked = { method: 'POST' as const, body: body(), headers: { 'x-api-key': newToken() } };
    const unknown = await on.ask(pathOf(httpApi.anthropicClientMessages), asked);
    expect(unknown).toMatchObject({ status: 401, body: { error: { type: 'authentication_error' } } });
    expect(unknown.headers['x-should-retry']).toBe('false');
    on.orchestrator.answer(executeStep, () => rejected('RUN_NOT_FOUND', 'there is no such run'));
    const { body: told } = await chat();
    expect(told).toMatchObject({ error: { message: 'there is no such run', code: 'RUN_NOT_FOUND' } });
  });

  it('are refused without a run, with a member that is not passed on, and for operators', async () => {
    const before = on.orchestrator.received.length;
    expect(await chat({}, bearer(token))).toMatchObject({ status: 400, body: { errors: [{ path: 'causeway-run' }] } });
    expect(await chat({ web_search_options: {} })).toMatchObject({ status: 400 });
    expect(await chat({}, { ...bearer(on.keys.admin), ...named })).toMatchObject({ status: 403 });
    expect(on.orchestrator.received).toHaveLength(before);
  });

  it.each([
    ['policy', rejected('RUN_NOT_FOUND', 'no'), 404, 'RUN_NOT_FOUND'],
    [
      'a denial',
      ok(
        stepOutcome({
          state: 'denied',
          result: undefined,
          rejection: { code: 'POLICY_DENIED', detail: 'no' },
        } as never),
      ),
      403,
      'POLICY_DENIED',
    ],
    [
      'an approval that is waited for',
      ok(stepOutcome({ state: 'held', result: undefined, approvalId: idNumber('approval', 1) } as never)),
      409,
      'RUN_PAUSED',
    ],
    [
      'a failure',
      ok(
        stepOutcome({
          state: 'failed',
          result: undefined,
          rejection: { code: 'UPSTREAM_TIMEOUT', detail: 'late' },
        } as never),
      ),
      504,
      'UPSTREAM_TIMEOUT',
    ],
  ])('that end with %s are problems, streamed or not', async (_what, reply, status, code) => {
    on.orchestrator.answer(executeStep, () => reply as ReplyEnvelope<StepOutcome>);
    expect(await chat()).toMatchObject({ status, body: { code } });
    expect(await chat({ stream: true })).toMatchObject({ status, body: { code } });
  });

  it('give the provider refusal with its own status', async () => {
    const failed = { state: 'failed' as const, rejection: { code: 'UPSTREAM_REFUSED' as const, detail: 'status 429' } };
    on.orchestrator.answer(executeStep, () => done({ status: 429, body: '{"error":{"message":"slow down"}}' }, failed));
    expect(await chat()).toMatchObject({ status: 429, body: { error: { message: 'slow down' } } });
  });

  it('give an answer that was kept as a resource', async () => {
    const json = JSON.stringify(result({ body: JSON.stringify({ text: 'long '.repeat(20_000) }) }));
    const resourceId = idNumber('resource', 7);
    on.orchestrator.answer(executeStep, () => ok(stepOutcome({ result: { resourceId, untrusted: true } })));
    on.resources.answer(readResource, (({ offset, limit }: DataOf<typeof readResource>) =>
      ok({
        text: json.slice(offset, offset + limit),
        ...(offset + limit < json.length ? { next: offset + limit } : {}),
      })) as never);
    expect(await chat()).toMatchObject({ status: 200, body: { text: 'long '.repeat(20_000) } });
  });

  describe('streamed', () => {
    const half = EVENTS.slice(0, 20);

    it.each<[string, readonly (readonly [number, string])[]]>([
      [
        'come as the provider sent them',
        [
          [0, half],
          [20, EVENTS.slice(20)],
        ],
      ],
      [
        'are whole although pieces were lost',
        [
          [0, half],
          [25, EVENTS.slice(25)],
        ],
      ],
      ['are whole although the end was lost', [[0, half]]],
      ['are whole although nothing came before the result', []],
      [
        'are whole although pieces came twice',
        [
          [0, half],
          [0, half],
          [20, EVENTS.slice(20)],
        ],
      ],
    ])('%s', async (_what, pieces) => {
      const answer = await streamed(pieces, done());
      expect(answer).toMatchObject({ status: 200, body: EVENTS });
      expect(answer.headers['content-type']).toContain('text/event-stream');
    });

    it('end with why, when the step failed after it began', async () => {
      const failed = stepOutcome({ state: 'failed', rejection: { code: 'KILLED', detail: 'stopped' } });
      const { result: _, ...outcome } = failed;
      const { status, body: told } = await streamed([[0, half]], ok(outcome));
      expect(status).toBe(200);
      expect(told.startsWith(half)).toBe(true);
      expect(told.slice(20)).toContain('"code":"KILLED"');
    });

    it('leave to the result what a reader is too slow for', async () => {
      const large = `data: ${'x'.repeat(700_000)}\n\n`;
      const pieces = Array.from(
        { length: 14 },
        (_, n) => [n * 50_001, large.slice(n * 50_001, (n + 1) * 50_001)] as const,
      );
      expect((await streamed(pieces, done({ body: large }))).body === large).toBe(true);
    });

    it('are given while the step goes on', async () => {
      const stepId = newStep();
      const { promise: seen, resolve: see } = Promise.withResolvers<void>();
      on.orchestrator.answer(executeStep, async () => {
        piece(stepId, 0, half);
        await seen;
        return done();
      });
      const { port } = new URL(on.url);
      const headers = { ...bearer(token), ...named, 'content-type': 'application/json' };
      const told = await new Promise<string>((resolve, reject) => {
        const sent = request({ port, method: 'POST', path: pathOf(httpApi.openaiChat), headers }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (more: string) => {
            text += more;
            if (text === half) see();
          });
          response.on('end', () => resolve(text));
        });
        sent.on('error', reject).end(JSON.stringify(body({ stream: true, causeway: { stepId } })));
      });
      expect(told).toBe(EVENTS);
    });
  });
});
