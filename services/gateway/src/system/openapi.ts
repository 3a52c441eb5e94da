import {
  BODY_PROBLEMS,
  CREDENTIAL_PROBLEMS,
  ERROR_CODES,
  GENERAL_PROBLEMS,
  Problem,
  type ErrorCode,
  type JsonObject,
  type RouteContract,
  type RouteResponse,
} from '@causeway/contracts';
import type { z } from 'zod';
import { schemaCollection, type SchemaCollection } from './openapi-schemas.ts';

const API_VERSION = '1.0.0';
const DESCRIPTION =
  'The one road between autonomous agents and the world. Every error is a problem document (RFC 9457) whose `code` says why.';

/** The OpenAPI 3.1 document of these routes: nothing in it is written by hand. */
export function openApiDocument(routes: readonly RouteContract[]): JsonObject {
  const schemas = schemaCollection();
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Causeway', version: API_VERSION, description: DESCRIPTION },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A session token (agents) or an operator key (people).',
        },
      },
      schemas: schemas.components(),
    },
  };
}

function operation(route: RouteContract, schemas: SchemaCollection): JsonObject {
  const { operationId, tag, summary, description, roles } = route;
  const parameters = [
    ...parametersIn('path', route.params, schemas),
    ...parametersIn('query', route.query, schemas),
    ...headerParameters(route),
  ];
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description ? { description } : {}),
    ...(roles === 'anyone' ? { security: [] } : { 'x-roles': [...roles] }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody(route) ? { requestBody: { required: true, content: json(schemas.input(route.body)) } } : {}),
    responses: { ...answers(route, schemas), ...problems(route, schemas) },
  };
}

const hasBody = (route: RouteContract): boolean => Object.keys(route.body.shape).length > 0;
const json = (schema: JsonObject, mediaType = 'application/json'): JsonObject => ({ [mediaType]: { schema } });

function parametersIn(place: 'path' | 'query', object: z.ZodObject, schemas: SchemaCollection): JsonObject[] {
  return Object.entries(object.shape).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || !schema.safeParse(undefined).success,
    schema: schemas.output(schema as z.ZodType),
    ...(place === 'query' ? { explode: false } : {}),
  }));
}

function headerParameters({ idempotencyKey, responses }: RouteContract): JsonObject[] {
  const text = { in: 'header', required: false };
  const streams = Object.values(responses).some(({ mediaType }) => mediaType === 'text/event-stream');
  return [
    ...(idempotencyKey
      ? [{ ...text, name: 'Idempotency-Key', description: idempotencyKey, schema: { type: 'string', maxLength: 128 } }]
      : []),
    ...(streams ? [{ ...text, name: 'Last-Event-ID', schema: { type: 'string', pattern: '^\\d{1,15}$' } }] : []),
  ];
}

const answers = ({ responses }: RouteContract, schemas: SchemaCollection): Record<string, JsonObject> =>
  Object.fromEntries(
    Object.entries(responses).map(([status, { description, schema, mediaType }]: [string, RouteResponse]) => [
      status,
      { description, content: json(schemas.output(schema), mediaType) },
    ]),
  );

/** Problem documents by status, each with the codes it can carry. */
function problems(route: RouteContract, schemas: SchemaCollection): Record<string, JsonObject> {
  const codes = new Set<ErrorCode>([
    ...GENERAL_PROBLEMS,
    ...(route.roles === 'anyone' ? [] : CREDENTIAL_PROBLEMS),
    ...(route.method !== 'GET' ? BODY_PROBLEMS : []),
    ...route.problems,
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { httpStatus } = ERROR_CODES[code];
    if (!(httpStatus in route.responses)) byStatus.set(httpStatus, [...(byStatus.get(httpStatus) ?? []), code]);
  }
  const content = json(schemas.output(Problem), 'application/problem+json');
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [status, { description: `Refused: ${list.sort().join(', ')}`, content }]),
  );
}
