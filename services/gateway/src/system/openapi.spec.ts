import { ERROR_CODES, ROUTES, type JsonObject } from '@causeway/contracts';
import { openApiDocument } from './openapi.ts';

type Operation = {
  operationId: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>;
};
const document = openApiDocument(ROUTES) as unknown as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonObject> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const operationOf = (id: string) => operations.find(({ operation }) => operation.operationId === id)!.operation;

function refsIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

describe('the OpenAPI document', () => {
  it('has every route of the contract and nothing else, each under its own id', () => {
    const listed = operations.map(({ path, method, operation }) => `${operation.operationId} ${method} ${path}`);
    expect(listed.sort()).toEqual(ROUTES.map((r) => `${r.operationId} ${r.method.toLowerCase()} ${r.path}`).sort());
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
    expect(document.openapi).toBe('3.1.0');
  });

  it('declares exactly the parameters of each path', () => {
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('has no reference that leads nowhere and no component that nobody uses', () => {
    const refs = new Set(refsIn(document));
    const components = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...refs].sort()).toEqual(components.sort());
  });

  it('names every shared schema', () => {
    expect(Object.keys(document.components.schemas).filter((name) => !/^[A-Z]/.test(name))).toEqual([]);
  });

  it('describes values of a query by what they mean, with defaults', () => {
    const limit = operationOf('listRuns').parameters?.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });

  it('says which codes each problem can carry, and only codes of that status', () => {
    for (const { operation } of operations) {
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        if (!content['application/problem+json']) continue;
        const codes = description.replace('Refused: ', '').split(', ') as (keyof typeof ERROR_CODES)[];
        expect(codes.map((code) => ERROR_CODES[code].httpStatus)).toEqual(codes.map(() => Number(status)));
      }
    }
    expect(operationOf('executeStep').responses['403']?.description).toContain('POLICY_DENIED');
  });

  it('asks for no credential on the five routes for anyone, and for one everywhere else', () => {
    const open = operations.filter(({ operation }) => operation.security?.length === 0);
    expect(open.map(({ path }) => path).sort()).toEqual([
      ...['/healthz', '/openapi.json', '/readyz', '/tlog/checkpoint', '/tlog/tile/{tail}'],
    ]);
  });

  it('describes bodies as clients send them: what has a default may be left out', () => {
    const body = operationOf('startRun').requestBody?.content['application/json']?.schema as { required: string[] };
    expect(body.required.sort()).toEqual(['goal', 'predicate', 'sessionId']);
  });
});
