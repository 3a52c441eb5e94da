import type { RunOrchestratorEvent } from '@causeway/contracts';
import { NOTHING_KNOWN, type Known, type ModelRun, type ModelStep } from './known.ts';

type EventType = RunOrchestratorEvent['type'];
export type DataOf<Type extends EventType> = Extract<RunOrchestratorEvent, { type: Type }>['data'];
/** What each event has to keep, and what is known after it. */
export type Rules = { readonly [Type in EventType]?: (data: DataOf<Type>, position: number) => void };

type Room = keyof Known;
type In<Of extends Room> = Known[Of][string];
export type Journal = ReturnType<typeof createJournal>;

/** What the model knows while it reads the log, and which promises it saw broken. */
export function createJournal() {
  const broken: string[] = [];
  const due = new Map<string, string>();
  const at = { known: NOTHING_KNOWN, stream: '' };

  const get = <Of extends Room>(room: Of, id = at.stream): In<Of> | undefined =>
    at.known[room][id] as In<Of> | undefined;
  const put = <Of extends Room>(room: Of, value: In<Of>, id = at.stream): void => {
    at.known = { ...at.known, [room]: { ...at.known[room], [id]: value } };
  };
  const change = <Of extends Room>(room: Of, changes: Partial<In<Of>>, id = at.stream): void => {
    const before = get(room, id);
    if (before) put(room, { ...before, ...changes }, id);
  };
  const check = (isKept: boolean, promise: string): void => void (isKept || broken.push(`${at.stream}: ${promise}`));
  const run = (): ModelRun | undefined => get('runs');

  return {
    at,
    broken,
    /** What has to follow within the same append, by what it is about. */
    due,
    check,
    get,
    put,
    change,
    run,
    setRun: (changes: Partial<ModelRun>): void => change('runs', changes),
    setStep: (stepId: string, changes: Partial<ModelStep>): void => {
      const before = run()?.steps[stepId];
      if (before) change('runs', { steps: { ...run()!.steps, [stepId]: { ...before, ...changes } } });
    },
    /** Whether this was due; it is no longer. */
    isDue: (what: string, as: string): boolean => {
      const is = due.get(what) === as;
      if (is) due.delete(what);
      return is;
    },
  };
}
