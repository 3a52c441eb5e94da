import { randomUUID } from 'node:crypto';
import { appendBy, formatId } from '@causeway/contracts';
import { connectBus } from '@causeway/messaging';
import { natsPassword, type Instance } from '@causeway/provisioning';
import { measure, type Figures } from '../load.ts';

const DIGEST = 'b'.repeat(64);
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** Single-event appends, each to a stream of its own, over the bus from another process than the ledger's. Throws when one is refused. */
export async function ledgerAppends(
  { instance, durationMs }: { instance: Instance; durationMs: number },
  inFlight: number,
): Promise<Figures> {
  const password = natsPassword(instance.home, 'run-orchestrator');
  const bus = await connectBus({
    url: instance.natsUrl,
    user: 'run-orchestrator',
    password,
    name: 'bench',
    log: quiet,
  });
  const contract = appendBy('run-orchestrator');
  const actor = { kind: 'system' as const, id: 'bench' };
  // As in life, many streams share the scope of a run: the bus keeps an index by subject.
  const scopes = Array.from({ length: 64 }, () => formatId('run', crypto.getRandomValues(new Uint8Array(16))));
  const figures = await measure({ inFlight, durationMs }, async (n) => {
    const stream = formatId('policy', crypto.getRandomValues(new Uint8Array(16)));
    const data = { policy: { pack: 'bench', version: '1', digest: DIGEST }, at: new Date().toISOString() };
    const appendId = randomUUID();
    const scope = scopes[n % scopes.length];
    const events = [{ id: randomUUID(), type: 'policy.activated', data, ...(scope ? { scope } : {}) }];
    const reply = await bus.request(
      contract,
      { appendId, writes: [{ stream, expected: 'none', events }] },
      { id: appendId, actor },
      { timeoutMs: 10_000 },
    );
    if (!reply.ok) throw new Error(`an append was refused: ${reply.rejection.detail}`);
  });
  await bus.close();
  return figures;
}
