/** What a request that was forwarded carries as Via (RFC 9110 section 7.6.3), whichever replica forwarded it. */
export const VIA = '1.1 causeway-egress';
const PSEUDONYM = 'causeway-egress';

/** Whether a request passed egress-proxy already: sent on, it could go in a circle for ever. */
export function isLoop(via: string): boolean {
  return via.split(',').some(
    (hop) =>
      hop
        .trim()
        .split(/[\t ]+/)[1]
        ?.toLowerCase() === PSEUDONYM,
  );
}
