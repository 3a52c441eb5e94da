import { RunId, type StepOutcome } from '@causeway/contracts';
import { createHash } from 'node:crypto';
import { valuesOf, type RawRequest } from './raw-request.ts';

/** Who a connection says it belongs to: a run, by the token of its session, of which only the digest is kept. */
export type Credential = { readonly runId: StepOutcome['runId']; readonly tokenSha256: string };

const BASIC = /^basic +([a-z0-9+/]+={0,2})$/i;
const TOKEN = /^[\x21-\x7e]{16,256}$/;

/**
 * The credential in Proxy-Authorization (RFC 7617: user is the run's id, password is the session's token); undefined when there is none, or more than
 * one, or one of another form. Whether it is true is for run-orchestrator to say.
 */
export function credentialOf(raw: Pick<RawRequest, 'rawHeaders'>): Credential | undefined {
  const values = valuesOf(raw, 'proxy-authorization');
  const [, encoded] = (values.length === 1 ? BASIC.exec(values[0] ?? '') : undefined) ?? [];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  const runId = RunId.safeParse(decoded.slice(0, Math.max(0, colon)));
  const token = decoded.slice(colon + 1);
  if (!runId.success || !TOKEN.test(token)) return undefined;
  return { runId: runId.data, tokenSha256: createHash('sha256').update(token).digest('hex') };
}
