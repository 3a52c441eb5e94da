import { getNote, listNotes, noteValue } from '@causeway/contracts';
import type { Incoming } from '@causeway/messaging';
import { Handles } from '@causeway/messaging/nest';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Notes } from './notes.ts';

export const NOTES = Symbol('notes');

@Controller()
export class NotesController {
  readonly #notes: Notes;
  constructor(@Inject(NOTES) notes: Notes) {
    this.#notes = notes;
  }

  @Handles(noteValue)
  note(@Payload() request: Incoming<typeof noteValue>) {
    return this.#notes.note(request);
  }

  @Handles(getNote)
  get(@Payload() request: Incoming<typeof getNote>) {
    return this.#notes.get(request);
  }

  @Handles(listNotes)
  list(@Payload() request: Incoming<typeof listNotes>) {
    return this.#notes.list(request);
  }
}
