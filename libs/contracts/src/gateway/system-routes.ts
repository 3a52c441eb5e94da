import { z } from 'zod';
import { JsonObject } from '../json.ts';
import { READERS } from './roles.ts';
import { defineRoute } from './route.ts';
import { Health } from './views.ts';

const tag = 'system';

export const systemRoutes = {
  getHealth: defineRoute({
    operationId: 'getHealth',
    tag,
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process runs',
    roles: 'anyone',
    responses: { 200: { description: 'It runs', schema: Health } },
  }),
  getReadiness: defineRoute({
    operationId: 'getReadiness',
    tag,
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests can be answered',
    roles: 'anyone',
    responses: {
      200: { description: 'Ready', schema: Health },
      503: { description: 'Not ready; `failing` says what is missing', schema: Health },
    },
  }),
  getMetrics: defineRoute({
    operationId: 'getMetrics',
    tag,
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics of the gateway, as Prometheus scrapes them',
    description:
      'Agents reach the gateway, so it shows this to operators only. Other services answer it on their health port.',
    roles: READERS,
    responses: {
      200: { description: 'Prometheus text, version 0.0.4', schema: z.string(), mediaType: 'text/plain' },
    },
  }),
  getOpenApi: defineRoute({
    operationId: 'getOpenApi',
    tag,
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    roles: 'anyone',
    responses: { 200: { description: 'An OpenAPI 3.1 document', schema: JsonObject } },
  }),
} as const;
