import { randomUUID } from 'node:crypto';
import { formatId } from '@causeway/contracts';
import type { PendingEvent } from '@causeway/eventing';

/** The service in whose name the bench appends, and an event of its own that it writes for every step of a run. */
export const WRITER = 'run-orchestrator';
const TYPE = 'budget.settled';

export const newStreamName = (): string => formatId('run', crypto.getRandomValues(new Uint8Array(16)));

/** Events as a run has them; sealed, each makes a leaf of about 420 bytes. */
export const newEvents = (count: number, version: number): readonly PendingEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    type: TYPE,
    data: settled(version + index),
  }));

/** In the order of canonical JSON. */
const settled = (step: number) => ({
  at: new Date().toISOString(),
  ...{ bytesIn: 1_024, bytesOut: 217, stepId: `s${step}`, steps: 1 },
});

/** The leaf of such an event, written out without any checks, for those who measure what storing it costs. */
export const bareLeaf = (o: BareEvent): Buffer => Buffer.from(bareLeafText(o));

export type BareEvent = {
  readonly position: number;
  readonly previous: string;
  readonly id: string;
  readonly stream: string;
  readonly version: number;
};

const bareLeafText = ({ position, previous, id, stream, version }: BareEvent): string => {
  const time = new Date().toISOString();
  return (
    `{"actor":{"id":"${WRITER}","kind":"system"},"data":{"inline":${JSON.stringify(settled(version))}},"id":"${id}",` +
    `"log":"ledger.causeway.local/bench","meta":{"scope":"${stream}"},"pos":${position},"prev":"${previous}",` +
    `"schema":1,"stream":"${stream}","time":"${time}","type":"${TYPE}","v":1,"ver":${version}}`
  );
};
