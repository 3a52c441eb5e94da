import { ROUTES } from '@causeway/contracts';
import { failingChecks, type Check } from '@causeway/service-kit';
import { okay, type Answer } from '../http/answer.ts';
import { openApiDocument } from './openapi.ts';

const service = 'gateway';

/** What the routes that take no credential do. */
export function systemOperations(checks: readonly Check[]) {
  const document = okay(openApiDocument(ROUTES));
  return {
    health: (): Answer => okay({ service, status: 'ok' }),
    readiness: async (): Promise<Answer> => {
      const failing = await failingChecks(checks);
      return failing.length === 0
        ? okay({ service, status: 'ready' })
        : { status: 503, body: { service, status: 'not ready', failing } };
    },
    openApi: (): Answer => document,
  };
}
export type SystemOperations = ReturnType<typeof systemOperations>;
