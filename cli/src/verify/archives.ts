import { openBundle, withArchive, type OpenBundle } from '@causeway/ledger';
import { openBundleAt } from '../ledger/bundle-place.ts';
import { CannotTell, type Evidence } from './judge.ts';

export type ArchiveBundle = { readonly bundle: OpenBundle; readonly close: () => Promise<void> };

/** A bundle that archived events are in, not yet believed. Throws BundleError. */
export async function archiveIn(path: string): Promise<ArchiveBundle> {
  const { files, close } = await openBundleAt(path);
  try {
    return { bundle: await openBundle(files), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The evidence with what archived events say put back from bundles. Throws CannotTell when one is of another log: it says nothing of this one. */
export function withArchives(evidence: Evidence, archives: readonly ArchiveBundle[]): Evidence {
  const foreign = archives.find(({ bundle }) => bundle.manifest.origin !== evidence.origin);
  if (foreign)
    throw new CannotTell(
      `the bundle that --archive names is of the log ${foreign.bundle.manifest.origin}, not of ${evidence.origin}; give the one that was made of this log`,
    );
  const source: Evidence['source'] = (size) => {
    const log = evidence.source(size);
    return archives.reduce((filled, { bundle }) => withArchive(filled, bundle.source(log.size)), log);
  };
  return { ...evidence, source };
}
