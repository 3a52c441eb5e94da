import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { TlogOperations } from './tlog-operations.ts';

export const TLOG_OPERATIONS = Symbol('TlogOperations');

@Controller()
export class TlogController {
  constructor(@Inject(TLOG_OPERATIONS) private readonly tlog: TlogOperations) {}

  @Route(httpApi.getTlogCheckpoint)
  note(@Asked() call: Call<typeof httpApi.getTlogCheckpoint>): Promise<Answer> {
    return this.tlog.note(call);
  }

  @Route(httpApi.getTlogEntries)
  entries(@Asked() call: Call<typeof httpApi.getTlogEntries>): Promise<Answer> {
    return this.tlog.entries(call);
  }

  @Route(httpApi.getTlogTile)
  tile(@Asked() call: Call<typeof httpApi.getTlogTile>): Promise<Answer> {
    return this.tlog.tile(call);
  }

  @Route(httpApi.getCheckpoint)
  checkpoint(@Asked() call: Call<typeof httpApi.getCheckpoint>): Promise<Answer> {
    return this.tlog.checkpoint(call);
  }

  @Route(httpApi.getLogKeys)
  keys(@Asked() call: Call<typeof httpApi.getLogKeys>): Promise<Answer> {
    return this.tlog.keys(call);
  }

  @Route(httpApi.proveInclusion)
  inclusion(@Asked() call: Call<typeof httpApi.proveInclusion>): Promise<Answer> {
    return this.tlog.inclusion(call);
  }

  @Route(httpApi.proveConsistency)
  consistency(@Asked() call: Call<typeof httpApi.proveConsistency>): Promise<Answer> {
    return this.tlog.consistency(call);
  }

  @Route(httpApi.addSigningKey)
  addKey(@Asked() call: Call<typeof httpApi.addSigningKey>): Promise<Answer> {
    return this.tlog.addKey(call);
  }

  @Route(httpApi.retireSigningKey)
  retireKey(@Asked() call: Call<typeof httpApi.retireSigningKey>): Promise<Answer> {
    return this.tlog.retireKey(call);
  }
}
