import { z } from 'zod';
import { defineQuery } from '../define.ts';
import { RunId, SessionId } from '../ids.ts';
import { GetResourceInput, ListResourcesInput, ResourceList, ResourcePage } from './capabilities.ts';

const owner = 'resource-store';
/** Only what belongs to this session: the gateway sets it for agents. */
const sessionId = SessionId.optional();
const minPosition = z.int().min(0).optional();

export const readResource = defineQuery({
  owner,
  name: 'read-resource',
  data: GetResourceInput.extend({ sessionId, minPosition }),
  reply: ResourcePage,
  rejections: ['RESOURCE_NOT_FOUND', 'PROJECTION_BEHIND'],
});
export const findResources = defineQuery({
  owner,
  name: 'find-resources',
  data: ListResourcesInput.extend({ sessionId, runId: RunId.optional(), minPosition }),
  reply: ResourceList,
  rejections: ['PROJECTION_BEHIND'],
});
