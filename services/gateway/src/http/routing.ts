import { routerPathOf, ROUTES, type RouteContract } from '@causeway/contracts';

const BY_PATTERN = new Map(ROUTES.map((route) => [`${route.method} ${routerPathOf(route)}`, route]));
const PATHS = ROUTES.map((route) => ({ matches: new RegExp(`^${pattern(route)}$`), method: route.method }));

function pattern(route: RouteContract): string {
  return routerPathOf(route).replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+').replace('*', '.+');
}

/** The route that a router matched, by method and pattern. */
export const routeAt = (method: string, routerPath: string): RouteContract | undefined =>
  BY_PATTERN.get(`${method} ${routerPath}`);

/** The methods that some route takes at this path; empty when there is none. */
export const methodsAt = (path: string): string[] => [
  ...new Set(PATHS.filter(({ matches }) => matches.test(path)).map(({ method }) => method)),
];
