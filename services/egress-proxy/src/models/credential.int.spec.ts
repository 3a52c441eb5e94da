import { join } from 'node:path';
import { json, openaiWords, provider, SECRET, sent, streamed, type Answering } from '../../test/model-world.ts';
import { mount, mounted, reference, unmountAll } from '../../test/secret-sites.features.ts';
import { closeAll, factOf } from '../../test/sites.ts';
import { vaultStub } from '../../test/vault-stub.ts';
import type { ModelAnswer } from './model.controller.ts';

afterEach(closeAll);
afterEach(unmountAll);

const refused = (code: string) => ({ ok: false, rejection: expect.objectContaining({ code }) as unknown });
const bodyIn = (answer: ModelAnswer): string =>
  answer.ok ? (answer.value.result.body ?? '') : answer.rejection.detail;

describe('the credential of a model', () => {
  const whole = (text: string) => json({ choices: [{ message: { content: text } }] });
  it.each([
    ['in what is said at once', whole(`it is ${SECRET}`)],
    ['in an error', json({ error: { message: `bad key ${SECRET}` } }, 401)],
    [
      'in a field of the head',
      ((_request, response) =>
        response.writeHead(200, { 'content-type': 'application/json', 'x-debug': SECRET }).end('{}')) as Answering,
    ],
    ['in base64', whole(Buffer.from(`x${SECRET}`).toString('base64'))],
  ])('that comes back %s is given to nobody', async (_where, answering) => {
    const made = await provider(answering);
    const call = made.callFor();
    const answer = await made.models.make(call);
    expect(answer).toMatchObject(refused('SECRET_ECHOED'));
    const fact = await factOf(made, { ...call, request: { url: '', method: 'POST', headers: {} } });
    expect(JSON.stringify([answer, fact, made.published])).not.toContain(SECRET.slice(0, 12));
  });

  it.each([
    ['is not there', () => ({ values: {} })],
    ['can be read by others', () => ({ values: { key: SECRET }, mode: 0o644 })],
    ['has a line break', () => ({ values: { key: `${SECRET}\n` } })],
  ])('that %s is told in the ledger, and nothing is sent', async (_what, place) => {
    const { values, mode } = place() as { values: Record<string, string>; mode?: number };
    const made = await provider(json({}), { values });
    if (mode !== undefined) mount(made.folder, 'key', SECRET, mode);
    const call = made.callFor();
    expect(await made.models.make(call)).toMatchObject(refused('SECRET_UNAVAILABLE'));
    expect(made.server.connections()).toBe(0);
    const fact = await factOf(made, { ...call, request: { url: '', method: 'POST', headers: {} } });
    expect(fact).toMatchObject({
      data: { code: 'SECRET_UNAVAILABLE', detail: expect.stringContaining('the secret key') as string },
    });
  });

  it('that stands in the pack keeps the service from starting', async () => {
    await expect(provider(json({}), { values: { key: '/v1/chat/completions' } })).rejects.toThrow(
      /the secret key is not used: the policy pack holds the value of key/,
    );
  });

  it('comes from Vault, in the field that the pack says, and what that took is charged with the call', async () => {
    const stub = vaultStub('hvs.the-token-of-the-vault');
    stub.put('models/key', { value: SECRET });
    const folder = mounted({ token: 'hvs.the-token-of-the-vault' });
    const made = await provider(json({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }), {
      sites: { 'vault.internal': stub.respond },
      ...{ vault: { destination: 'd1' }, vaultTokenFile: join(folder, 'token') },
      secretsAt: (ports) => [
        reference('site.internal', ports['site.internal']!, {
          ...{ name: 'key', as: 'header:Api-Key', from: { vault: { path: 'models/key', field: 'value' } } },
        }),
      ],
    });
    const call = made.callFor();
    const answer = await made.models.make(call);
    expect(made.server.seen[0]?.headers).toMatchObject({ 'api-key': SECRET });
    expect(made.server.seen[0]?.headers).not.toHaveProperty('authorization');
    const fact = await factOf(made, { ...call, request: { url: '', method: 'POST', headers: {} } });
    const { bytesIn, ownCalls } = (fact as unknown as { data: { bytesIn: number; ownCalls: { bytesIn: number } } })
      .data;
    expect(answer.ok && answer.value.bytesIn).toBe(bytesIn + ownCalls.bytesIn);
  });
});

describe('a stream', () => {
  const base64 = Buffer.from(SECRET).toString('base64');
  const jsonEscaped = [...Buffer.from(SECRET)].map((byte) => `\\u00${byte.toString(16)}`).join('');
  const toolWords = (text: string) => ({
    choices: [{ index: 0, delta: { tool_calls: [{ index: 1, function: { arguments: text } }] } }],
  });
  it.each<[string, readonly string[]]>([
    ['letter by letter in what is said', [...SECRET].map((letter) => sent(openaiWords(letter)))],
    ['as base64 in what is said', [...base64].map((letter) => sent(openaiWords(letter)))],
    ['in the arguments of a tool', [...SECRET].map((letter) => sent(toolWords(letter)))],
    ['escaped, in pieces of the stream', [...`data: {"x":"${jsonEscaped}"}\n\n`]],
    ['as base64, in pieces of the stream', [...`data: {"x":"${base64}"}\n\n`]],
  ])('never passes on the credential %s, nor how it begins', async (_how, pieces) => {
    const first = sent(openaiWords('Hello. '));
    const made = await provider((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(first);
      const left = [...pieces, sent('[DONE]')];
      const next = (): unknown => {
        const piece = left.shift();
        return piece === undefined ? response.end() : response.write(piece, () => setImmediate(next));
      };
      setTimeout(next, 20);
    });
    const call = made.callFor({ stream: true, maxTokens: 1_000 });
    const answer = await made.models.make(call);
    expect(answer).toMatchObject(refused('SECRET_ECHOED'));
    expect(made.published.map(({ text }) => text).join('')).toBe(first);
    const fact = await factOf(made, { ...call, request: { url: '', method: 'POST', headers: {} } });
    expect(fact).toMatchObject({ type: 'egress.failed', data: { code: 'SECRET_ECHOED', hops: [{ secret: 'key' }] } });
    expect(JSON.stringify([answer, fact])).not.toContain(SECRET.slice(0, 10));
  });

  it('that is cut off ends with its last whole event, and without what may become the credential', async () => {
    const many = Array.from({ length: 400 }, () => openaiWords('one two three four five '));
    const made = await provider(streamed(sent(...many, openaiWords(SECRET.slice(0, 12)))));
    const answer = await made.ask({ stream: true });
    const whole = bodyIn(answer);
    expect(whole).toContain('budget_exhausted');
    expect(whole).not.toContain(SECRET.slice(0, 4));
    const data = whole.trimEnd().split('\n\n');
    expect(data.every((one) => JSON.parse(one.replace(/^data: /, '')) !== undefined)).toBe(true);
  });

  it('never passes on a credential that comes in two pieces', async () => {
    const made = await provider((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: {"x":"${SECRET.slice(0, 12)}`);
      setTimeout(() => response.end(`${SECRET.slice(12)}"}\n\n`), 50);
    });
    expect(await made.ask({ stream: true })).toMatchObject(refused('SECRET_ECHOED'));
    expect(JSON.stringify(made.published)).not.toContain(SECRET.slice(0, 4));
  });
});
