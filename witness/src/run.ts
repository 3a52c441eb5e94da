import type { Config } from './config.ts';
import { serve, type Listening } from './http-server.ts';
import { openHome } from './identity.ts';
import { logLine } from './log.ts';
import { memoryIn, type Memory } from './memory.ts';
import { witnessMetrics } from './metrics.ts';
import { trustFile } from './trust-file.ts';
import { createWitness, type WitnessEvents } from './witness.ts';

/** Starts a witness. `around` wraps its memory, for tests of what a crash leaves behind. */
export async function runWitness(
  config: Config,
  around: (memory: Memory) => Memory = (memory) => memory,
): Promise<Listening> {
  const { name, host, port } = config;
  const { key, vkey, memoryFolder } = await openHome(config.stateDir, name);
  const metrics = witnessMetrics(() => process.memoryUsage.rss());
  const witness = createWitness({
    key,
    trusted: trustFile(config.logsFile),
    memory: around(memoryIn(memoryFolder)),
    nowS: () => Math.floor(Date.now() / 1000),
    events: told(metrics.forked),
  });
  const listening = await serve({ name, vkey, host, port, witness, metrics });
  logLine('info', { port: listening.port, vkey }, 'serving');
  return listening;
}

/** What anybody can cause by sending something is counted, not logged. A fork is logged once, whoever sends it again. */
function told(forked: () => void): WitnessEvents {
  const forks = new Map<string, string>();
  return {
    refused: ({ reason, detail }, submission) => {
      if (reason !== 'forked' || !submission) return;
      const { origin } = submission.checkpoint;
      if (forks.get(origin) === submission.text) return;
      forks.set(origin, submission.text);
      forked();
      // Signed by the log itself, so this line is evidence that anybody can check.
      logLine('error', { detail, origin, note: submission.note }, 'a log shows two histories');
    },
    failed: (error) => logLine('error', { err: String(error) }, 'cannot cosign'),
  };
}
