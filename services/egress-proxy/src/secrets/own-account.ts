import { OWN_CALL_BYTES, type OwnCallsUsed, type StepGrant } from '@causeway/contracts';
import { stop, type Stop } from '../fetch/fetch-stop.ts';
import type { Trace } from '../fetch/trace.ts';

type Bytes = Pick<OwnCallsUsed, 'bytesIn' | 'bytesOut'>;

/** The call that needs a secret: calls of our own are made for it, and charged with it. */
export type Payer = {
  readonly grant: StepGrant;
  /** Aborted once that call is stopped, or its time is over. */
  readonly signal: AbortSignal;
  /** What is against making one more call of our own for it. */
  readonly against: () => Stop | undefined;
  /** Adds a call of our own that is sealed. */
  readonly charge: (used: Bytes) => void;
};

/** @param trace of the call: what it used so far, and where calls of our own are added */
export const payerOf = ({ grant, signal }: Pick<Payer, 'grant' | 'signal'>, trace: Trace): Payer => ({
  grant,
  signal,
  against: () => ownCallStop(grant.reserved, spentBy(trace)),
  charge: ({ bytesIn, bytesOut }) => {
    const { calls, ...before } = trace.ownCalls ?? { calls: 0, bytesIn: 0, bytesOut: 0 };
    trace.ownCalls = {
      calls: calls + 1,
      bytesIn: before.bytesIn + bytesIn,
      bytesOut: before.bytesOut + bytesOut,
    };
  },
});

/** What one more call of our own has against it: it has to fit what is reserved for the call that it is made for. */
export function ownCallStop(reserved: StepGrant['reserved'], spent: Bytes): Stop | undefined {
  const short = (['bytesIn', 'bytesOut'] as const).find(
    (meter) => (reserved?.[meter] ?? Number.MAX_SAFE_INTEGER) < spent[meter] + OWN_CALL_BYTES[meter],
  );
  if (short === undefined) return undefined;
  const detail = `too little of ${short} is reserved for obtaining the secret: ${reserved?.[short] ?? 0}, of which ${spent[short]} are used, where ${OWN_CALL_BYTES[short]} may be needed; ask an operator for a larger budget`;
  return stop('SECRET_UNAVAILABLE', 'secret', detail);
}

/** All bytes of a call so far, those of our own calls for it among them. */
export const spentBy = ({ bytesIn, bytesOut, ownCalls }: Pick<Trace, 'bytesIn' | 'bytesOut' | 'ownCalls'>): Bytes => ({
  bytesIn: bytesIn + (ownCalls?.bytesIn ?? 0),
  bytesOut: bytesOut + (ownCalls?.bytesOut ?? 0),
});

/** The grant as it is once calls of our own have used a part of what may come in. */
export function lessOwnCalls(grant: StepGrant, { ownCalls }: Pick<Trace, 'ownCalls'>): StepGrant {
  const left = (grant.reserved?.bytesIn ?? Number.MAX_SAFE_INTEGER) - (ownCalls?.bytesIn ?? 0);
  return { ...grant, byteAllowance: Math.max(0, Math.min(grant.byteAllowance, left)) };
}
