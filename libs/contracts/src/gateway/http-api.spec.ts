import { httpApi, ROUTES } from './http-api.ts';
import { pathOf, queryInt, queryNames, routerPathOf } from './route.ts';

const parametersOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

describe('the HTTP contract', () => {
  it('names each operation as its key, and each method and path once', () => {
    for (const [key, route] of Object.entries(httpApi)) expect(route.operationId).toBe(key);
    const places = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it.each(ROUTES.map((route) => [route.operationId, route] as const))(
    '%s has a schema for each parameter of its path',
    (_, route) => {
      expect(Object.keys(route.params.shape)).toEqual(parametersOf(route.path));
    },
  );

  it.each(ROUTES.map((route) => [route.operationId, route] as const))(
    '%s takes no unknown name anywhere',
    (_, route) => {
      const issues = [route.params, route.query, route.body].map(
        (schema) => schema.safeParse({ surprise: 'x' }).error?.issues ?? [],
      );
      expect(issues.map((list) => list.some(({ code }) => code === 'unrecognized_keys'))).toEqual([true, true, true]);
    },
  );

  it('takes a body nowhere but where the method is POST', () => {
    const odd = ROUTES.filter(({ method, body }) => method === 'GET' && Object.keys(body.shape).length > 0);
    expect(odd).toEqual([]);
  });

  it('fills in a path and keeps a parameter from changing it', () => {
    expect(pathOf(httpApi.getStep, { runId: 'run_1', stepId: 'a/../b' })).toBe('/v1/runs/run_1/steps/a%2F..%2Fb');
    expect(() => pathOf(httpApi.getStep, { runId: 'run_1' })).toThrow(RangeError);
    expect(routerPathOf(httpApi.getStep)).toBe('/v1/runs/:runId/steps/:stepId');
  });

  it.each([
    ['0', 0],
    ['200', 200],
    ['007', 7],
  ])('reads the whole number %p of a query', (text, number) => {
    expect(queryInt(0, 200).parse(text)).toBe(number);
  });

  it.each(['', '-1', '1.5', '1e1', ' 1', '0x1', '201', '9999999999999999', 'NaN'])(
    'refuses %p as a number of a query',
    (text) => {
      expect(queryInt(0, 200).safeParse(text).success).toBe(false);
    },
  );

  it('reads names with commas between and refuses anything that is not an event type', () => {
    expect(queryNames(2).parse('step.denied,run.started')).toEqual(['step.denied', 'run.started']);
    for (const text of ['', 'step', 'step.*', 'a.b,', 'a.b,c.d,e.f'])
      expect(queryNames(2).safeParse(text).success).toBe(false);
  });
});
