import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const PROJECT_GRAPH_COMMAND: readonly string[] = ['node_modules/nx/dist/bin/nx.js', 'show', 'projects'];

/** No daemon: a graph that is computed now, by a process that ends. */
export const NX_ENVIRONMENT = { NX_DAEMON: 'false', NX_TUI: 'false' };

/**
 * Computes the project graph. Without one the module-boundary rule says that it is skipped, and every file passes.
 * @throws when the graph cannot be computed
 */
export function buildProjectGraph(root: string): void {
  const [script = '', ...args] = PROJECT_GRAPH_COMMAND;
  execFileSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    env: { ...process.env, ...NX_ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
