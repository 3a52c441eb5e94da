import { httpApi } from '@causeway/contracts';
import { Controller, Inject } from '@nestjs/common';
import type { Answer } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { Asked, Route } from '../http/edge.module.ts';
import type { GoalOperations } from './goal-operations.ts';

export const GOAL_OPERATIONS = Symbol('GoalOperations');

@Controller()
export class GoalsController {
  constructor(@Inject(GOAL_OPERATIONS) private readonly goals: GoalOperations) {}

  @Route(httpApi.addSubgoals)
  addSubgoals(@Asked() call: Call<typeof httpApi.addSubgoals>): Promise<Answer> {
    return this.goals.addSubgoals(call);
  }

  @Route(httpApi.listNotes)
  listNotes(@Asked() call: Call<typeof httpApi.listNotes>): Promise<Answer> {
    return this.goals.listNotes(call);
  }

  @Route(httpApi.getNote)
  getNote(@Asked() call: Call<typeof httpApi.getNote>): Promise<Answer> {
    return this.goals.getNote(call);
  }

  @Route(httpApi.noteValue)
  noteValue(@Asked() call: Call<typeof httpApi.noteValue>): Promise<Answer> {
    return this.goals.noteValue(call);
  }
}
