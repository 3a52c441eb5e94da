import { ROUTES } from '@causeway/contracts';
import { failingChecks, type Check, type Metrics } from '@causeway/service-kit';
import { okay, type Answer } from '../http/answer.ts';
import { openApiDocument } from './openapi.ts';

const service = 'gateway';

/** What the routes do that are about the process itself. */
export function systemOperations(checks: readonly Check[], metrics: Metrics) {
  const document = okay(openApiDocument(ROUTES));
  return {
    health: (): Answer => okay({ service, status: 'ok' }),
    readiness: async (): Promise<Answer> => {
      const failing = await failingChecks(checks);
      return failing.length === 0
        ? okay({ service, status: 'ready' })
        : { status: 503, body: { service, status: 'not ready', failing } };
    },
    metrics: async (): Promise<Answer> => {
      const { contentType, text } = await metrics.page();
      return { status: 200, body: text, headers: { 'content-type': contentType } };
    },
    openApi: (): Answer => document,
  };
}
export type SystemOperations = ReturnType<typeof systemOperations>;
