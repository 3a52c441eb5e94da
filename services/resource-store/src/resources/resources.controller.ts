import {
  findResources,
  getResource,
  ingestResource,
  keepResult,
  listResources,
  ping,
  readResource,
  rebuildProjectionsOf,
} from '@causeway/contracts';
import { ok, type Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import type { ProjectionRunner } from '@causeway/postgres';
import { Controller, Inject } from '@nestjs/common';
import type { Ingester } from './ingest.ts';
import type { AnswerPing } from './ping.ts';
import type { Reader } from './reading.ts';

const rebuildProjections = rebuildProjectionsOf('resource-store');

/** What the controller stands on. */
export type Resources = {
  readonly ingester: Ingester;
  readonly reader: Reader;
  readonly runner: ProjectionRunner;
  readonly answerPing: AnswerPing;
};
export const RESOURCES = Symbol('resources');

@Controller()
export class ResourcesController {
  readonly #resources: Resources;

  constructor(@Inject(RESOURCES) resources: Resources) {
    this.#resources = resources;
  }

  @Handles(ingestResource.call)
  ingest(call: Incoming<typeof ingestResource.call>) {
    return this.#resources.ingester.ingest(call);
  }

  @Handles(getResource.call)
  get({ data }: Incoming<typeof getResource.call>) {
    return this.#resources.reader.get(data);
  }

  @Handles(listResources.call)
  list({ data }: Incoming<typeof listResources.call>) {
    return this.#resources.reader.list(data);
  }

  @Handles(ping.call)
  ping({ data }: Incoming<typeof ping.call>) {
    return this.#resources.answerPing(data);
  }

  @Handles(keepResult)
  keepResult(command: Incoming<typeof keepResult>) {
    return this.#resources.ingester.keepStepResult(command);
  }

  @Handles(readResource)
  read({ data }: Incoming<typeof readResource>) {
    return this.#resources.reader.read(data);
  }

  @Handles(findResources)
  find({ data }: Incoming<typeof findResources>) {
    return this.#resources.reader.find(data);
  }

  @Handles(rebuildProjections)
  async rebuild() {
    return ok({ projections: [...(await this.#resources.runner.rebuild())] });
  }
}
