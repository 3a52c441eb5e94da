import { archiveRange, listArchives, restoreRange } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { LEADING } from '../append/leadership.ts';
import type { Archiver } from './archiver.ts';

export const ARCHIVER = Symbol('archiver');

@Controller()
export class ArchiveController {
  readonly #archiver: Archiver;

  constructor(@Inject(ARCHIVER) archiver: Archiver) {
    this.#archiver = archiver;
  }

  @Handles(archiveRange, { on: LEADING })
  archive(request: Incoming<typeof archiveRange>): ReturnType<Archiver['archive']> {
    return this.#archiver.archive(request);
  }

  @Handles(restoreRange, { on: LEADING })
  restore(request: Incoming<typeof restoreRange>): ReturnType<Archiver['restore']> {
    return this.#archiver.restore(request);
  }

  @Handles(listArchives)
  list(): ReturnType<Archiver['list']> {
    return this.#archiver.list();
  }
}
