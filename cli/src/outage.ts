export type Outage = {
  /** The ledger did not answer. */
  readonly begun: () => void;
  /** It answers. */
  readonly over: () => void;
};

/** Tells of an outage once when it begins and once when it is over, however often it is noticed. */
export function outage(tell: (message: string) => void): Outage {
  let isAway = false;
  return {
    begun: () => {
      if (!isAway) tell('-- the ledger does not answer; what happens meanwhile is told once it does');
      isAway = true;
    },
    over: () => {
      if (isAway) tell('-- the ledger answers again');
      isAway = false;
    },
  };
}
