import { modelSecret } from './model-secrets.ts';
import { parsePack } from './pack.ts';
import { PackInvalidError } from './pack-problems.ts';

const model = {
  ...{ id: 'm-*', dialect: 'openai', url: 'https://models.example/v1/chat/completions', secret: 'key' },
  ...{ inputMicros: 1, outputMicros: 2, maxOutputTokens: 100 },
};
const destination = { scheme: 'https', host: 'models.example', methods: ['POST'], pathPrefix: '/v1' };
const secret = { name: 'key', as: 'header:Api-Key', destination };
const pack = {
  ...{ id: 'test', version: '1', description: 'For tests.', approvals: { expiresAfterMs: 60_000 }, destinations: [] },
  limits: { maxSteps: 10, defaultSteps: 5, maxWallClockMs: 60_000, defaultWallClockMs: 60_000 },
  egress: { maxRequestBytes: 100, maxResponseBytes: 100, timeoutMs: 1_000, maxRedirects: 1 },
};

function parsed(more: object) {
  const yaml = JSON.stringify({ ...pack, ...more });
  return parsePack({ 'pack.yaml': yaml, 'policy.cedar': '', 'constitution.cedar': '' }, {});
}
function problems(more: object): string[] {
  try {
    parsed(more);
  } catch (error) {
    if (error instanceof PackInvalidError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}
const secretOf = (more: object) => {
  const { models, secrets } = parsed(more);
  return modelSecret(models[0]!, secrets);
};

describe('the secret of a model', () => {
  it.each([
    ['openai', 'bearer'],
    ['anthropic', 'header:x-api-key'],
  ])('that stands nowhere else is a mounted file, bound to its address and sent as %s has it', (dialect, as) => {
    const url = 'https://models.example:8443/v1/messages?version=1';
    expect(secretOf({ models: [{ ...model, dialect, url }] })).toEqual({
      ...{ name: 'key', as, from: 'file' },
      destination: { ...destination, port: 8443, pathPrefix: '/v1/messages' },
    });
  });

  it('is the one of that name among the secrets, as it is bound there', () => {
    expect(secretOf({ models: [model], secrets: [secret] })).toMatchObject(secret);
  });

  it('is none where the pack names none', () => {
    expect(secretOf({ models: [{ ...model, secret: undefined, url: 'http://models.example/v1' }] })).toBeUndefined();
  });

  it.each([
    ['over plain http', { models: [{ ...model, url: 'http://models.example/v1' }] }, 'models.0.url: must be https'],
    [
      'that is bound to another host',
      { models: [model], secrets: [{ ...secret, destination: { ...destination, host: 'other.example' } }] },
      'models.0.secret: key is bound to another destination under secrets; bind it to POST https://models.example:443/v1/chat/completions',
    ],
    [
      'that is bound to another method',
      { models: [model], secrets: [{ ...secret, destination: { ...destination, methods: ['GET'] } }] },
      'models.0.secret: key is bound to another destination',
    ],
  ])('%s is a problem of the pack', (_what, more, why) => {
    expect(problems(more)).toEqual([expect.stringContaining(why)]);
  });
});
