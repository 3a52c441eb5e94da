import { z } from 'zod';

/** Lower-case Crockford base32, the alphabet of ULIDs; it has no character that means anything in a NATS subject. */
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** Prefix of every identifier that Causeway makes, by what it names. */
export const ID_PREFIXES = {
  session: 'ses',
  run: 'run',
  approval: 'apr',
  resource: 'res',
  call: 'call',
  policy: 'pol',
  pool: 'pool',
  schedule: 'sch',
  grant: 'grt',
  checkpoint: 'ckp',
  capability: 'cap',
  kill: 'kil',
  pause: 'pau',
  signal: 'sig',
  extension: 'ext',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

/**
 * Renders 16 bytes as `<prefix>_<26 characters>`: 48 bits of time first when the caller puts them there, so ids sort by age.
 * @param bytes exactly 16 bytes (128 bits); RangeError otherwise. Source of the text form: the ULID specification, lower case.
 */
export function formatId(kind: IdKind, bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`an id is made of 16 bytes, not ${bytes.length}`);
  let text = '';
  let rest = 0;
  let bits = 0;
  for (let index = bytes.length - 1; index >= 0; index--) {
    rest |= bytes[index]! << bits;
    for (bits += 8; bits >= 5; bits -= 5) {
      text = CROCKFORD.charAt(rest & 31) + text;
      rest >>= 5;
    }
  }
  text = CROCKFORD.charAt(rest) + text;
  return `${ID_PREFIXES[kind]}_${text}`;
}

const idOf = (kind: IdKind) =>
  z
    .string()
    .regex(
      new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{26}$`),
      `must be an id like ${ID_PREFIXES[kind]}_ and 26 characters`,
    );

export const SessionId = idOf('session');
export const RunId = idOf('run');
export const ApprovalId = idOf('approval');
export const ResourceId = idOf('resource');
export const CallId = idOf('call');
export const PoolId = idOf('pool');
export const ExtensionId = idOf('extension');
export const ScheduleId = idOf('schedule');
export const GrantId = idOf('grant');
export const CheckpointId = idOf('checkpoint');
export const KillId = idOf('kill');
/** One change of what decides: an activation, or a revocation. */
export const PolicyChangeId = idOf('policy');
export const PauseId = idOf('pause');
export const SignalId = idOf('signal');

/** A step id is the caller's own word, unique within its run: the same id again is the same step. */
export const StepId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit');

/** The name of an event outside Causeway that a run can wait for. */
export const SignalName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, ., - and _, starting with a letter or digit');

/** Names of agents and operators: one restricted NATS token. */
export const PrincipalId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, - and _');

export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 digest as 64 hexadecimal digits');
