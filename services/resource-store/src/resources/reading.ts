import type {
  DataOf,
  findResources,
  getResource,
  listResources,
  readResource,
  ReplyEnvelope,
  ReplyOf,
  ResourcePage,
} from '@causeway/contracts';
import { ok, rejected } from '@causeway/messaging';
import type { Pool, ProjectionRunner } from '@causeway/postgres';
import { bodyPage } from '../bodies/body-page.ts';
import type { BodyStore } from '../bodies/body-store.ts';
import type { Blobs } from './blobs.ts';
import { frameMark } from './digest.ts';
import { frameOf } from './domain/frame.ts';
import { pageOf } from './domain/page.ts';
import { viewOf } from './domain/resource.ts';
import { grantRefusal } from './grant.ts';
import type { ResourceLog } from './resource-log.ts';
import { resourcesOf, type Wanted } from './resources.queries.ts';

export type ReadingOptions = {
  readonly pool: Pool;
  readonly blobs: Blobs;
  readonly bodies: BodyStore;
  readonly log: ResourceLog;
  readonly runner: Pick<ProjectionRunner, 'waitFor'>;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
};

const WAIT_MS = 2_000;
const NO_BYTES = { bytesIn: 0, bytesOut: 0 } as const;

/** Answers what is kept. A session sees its own resources; those of another do not exist for it. */
export function reader({ pool, blobs, bodies, log, runner, now }: ReadingOptions) {
  async function page(wanted: DataOf<typeof readResource>): Promise<ReplyEnvelope<ResourcePage>> {
    const { resourceId, sessionId, offset, limit } = wanted;
    const kept = await log.find(resourceId);
    if (kept === undefined || (sessionId !== undefined && kept.sessionId !== sessionId)) {
      return rejected(
        'RESOURCE_NOT_FOUND',
        `there is no resource ${resourceId} in this session; list the resources to see what there is`,
      );
    }
    if (kept.erased) {
      return rejected('RESOURCE_NOT_FOUND', `the body of ${resourceId} was erased; the log says when and why`);
    }
    const frame = frameOf(frameMark(kept.sha256, offset), kept.label);
    return ok({ resource: viewOf(kept), offset, ...(await pageFrom(kept.sha256, { offset, limit })), frame });
  }

  async function pageFrom(sha256: string, wanted: { readonly offset: number; readonly limit: number }) {
    const page = await bodyPage(bodies, sha256, wanted);
    return page ?? pageOf(new TextDecoder().decode(await blobs.read(sha256)), wanted);
  }

  async function list(wanted: Wanted): Promise<ReplyOf<typeof findResources>> {
    const { resources, next } = await resourcesOf(pool, wanted);
    return { resources: resources.map(viewOf), ...(next === undefined ? {} : { next }) };
  }

  async function isBehind(minPosition: number | undefined): Promise<boolean> {
    return minPosition !== undefined && !(await runner.waitFor(minPosition, WAIT_MS));
  }
  const behind = (minPosition?: number) =>
    rejected('PROJECTION_BEHIND', `the view does not hold position ${minPosition} yet; ask again in a moment`);

  return {
    get: async ({
      grant,
      input,
    }: DataOf<typeof getResource.call>): Promise<ReplyEnvelope<ReplyOf<typeof getResource.call>>> => {
      const refusal = grantRefusal(grant, input, Date.parse(now()));
      if (refusal) return { ok: false, rejection: refusal };
      const found = await page({ ...input, sessionId: grant.sessionId });
      return found.ok ? ok({ result: found.value, ...NO_BYTES }) : found;
    },
    list: async ({
      grant,
      input,
    }: DataOf<typeof listResources.call>): Promise<ReplyEnvelope<ReplyOf<typeof listResources.call>>> => {
      const refusal = grantRefusal(grant, input, Date.parse(now()));
      if (refusal) return { ok: false, rejection: refusal };
      if (await isBehind(log.newestPosition())) return behind(log.newestPosition());
      return ok({ result: await list({ ...input, runId: grant.runId, sessionId: grant.sessionId }), ...NO_BYTES });
    },
    read: async (wanted: DataOf<typeof readResource>): Promise<ReplyEnvelope<ResourcePage>> =>
      (await isBehind(wanted.minPosition)) ? behind(wanted.minPosition) : page(wanted),
    find: async ({
      minPosition,
      ...wanted
    }: DataOf<typeof findResources>): Promise<ReplyEnvelope<ReplyOf<typeof findResources>>> =>
      (await isBehind(minPosition)) ? behind(minPosition) : ok(await list(wanted)),
  };
}
export type Reader = ReturnType<typeof reader>;
