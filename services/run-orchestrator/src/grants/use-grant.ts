import type { JsonObject } from '@causeway/contracts';
import { canonicalJson } from '@causeway/ledger';
import { sha256Hex } from '../edge.ts';
import { lastPosition } from '../last-position.ts';
import type { Parts } from '../parts.ts';
import type { GrantUse } from '../runs/domain/run.commands.ts';
import type { Views } from '../views.ts';
import { covers, type Usage } from './domain/grant.ts';
import { matchedFields } from './domain/issue-grant.ts';
import { findLiveGrants } from './grants.queries.ts';
import { takingTurns } from './turns.ts';

/** A step for which a standing grant is looked for. */
export type GrantedStep = Omit<Usage, 'matchDigest'> & { readonly runId: string; readonly input: JsonObject };

/** How often a use that somebody else was faster with is tried again. Each time somebody got one, so it ends by itself; then a person is asked. */
const ROUNDS = 100;
/** How long a step waits for views that lag before a person is asked about it. */
const VIEWS_WAIT_MS = 2_000;

/** SHA-256 over the fields that a standing grant holds equal; undefined when the input lacks one of them. */
export function matchDigestOf(input: JsonObject, match: readonly string[]): string | undefined {
  const fields = matchedFields(input, match);
  return fields && sha256Hex(canonicalJson(fields));
}

/**
 * Lets a step start with a use of a standing grant. The views tell which grants to look at, the ledger whether one covers the step; whoever
 * takes the use seals it at the version that was looked at, so that no use is taken twice by any number of replicas.
 */
export function grantUser({ handlers, ledger, edge, log }: Parts, { pool, runner }: Views) {
  const inTurn = takingTurns();

  async function useOf(grantId: string, step: GrantedStep): Promise<GrantUse | undefined> {
    const grant = await handlers.grants.load(grantId);
    if (grant.kind === 'none') return undefined;
    const matchDigest = matchDigestOf(step.input, grant.terms.match);
    // Time has passed since the step was asked for.
    if (matchDigest === undefined || !covers(grant, { ...step, matchDigest, at: edge.now() })) return undefined;
    return { grantId, version: grant.version, use: grant.used + 1, until: grant.terms.until };
  }

  /** What `take` came to with a use of this grant; undefined when there is none for the step. */
  async function take<Value>(
    grantId: string,
    step: GrantedStep,
    work: (use: GrantUse) => Promise<Value>,
  ): Promise<{ readonly value: Value } | undefined> {
    for (let round = 0; round < ROUNDS; round++) {
      const use = await useOf(grantId, step);
      if (!use) return undefined;
      try {
        return { value: await work(use) };
      } catch (error) {
        if (!isConflict(error)) throw error;
      }
    }
    log.warn({ grantId }, 'a standing grant is used faster than this step could take a use of it; a person is asked');
    return undefined;
  }

  async function takeAny<Value>(step: GrantedStep, work: (use: GrantUse) => Promise<Value>) {
    for (const { terms } of await findLiveGrants(pool, step)) {
      const taken = await inTurn(terms.grantId, () => take(terms.grantId, step, work));
      if (taken) return taken;
    }
    return undefined;
  }

  /** Whether the views hold all that the run did: the step before this one may have started by the yes that gave the grant. */
  async function holdAllOf(runId: string): Promise<boolean> {
    const run = await handlers.runs.load(runId);
    if (run.kind === 'none') return false;
    return runner.waitFor(await lastPosition(ledger, runId, run.version), VIEWS_WAIT_MS);
  }

  return async <Value>(
    step: GrantedStep,
    work: (use: GrantUse) => Promise<Value>,
  ): Promise<{ readonly value: Value } | undefined> =>
    (await takeAny(step, work)) ?? ((await holdAllOf(step.runId)) ? takeAny(step, work) : undefined);
}

const isConflict = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'VERSION_CONFLICT';
