import { BundleError, openBundle } from '@causeway/ledger';
import { openBundleAt } from '../ledger/bundle-place.ts';
import { CannotTell, type Evidence } from './judge.ts';

export type OpenedEvidence = {
  readonly evidence: Evidence;
  /** Where the files of the bundle are, until `close`. */
  readonly folder: string;
  readonly close: () => Promise<void>;
};

/** All that a bundle has to show, in a folder or a tar file. Throws CannotTell when there is no whole bundle. */
export async function evidenceIn(path: string): Promise<OpenedEvidence> {
  const place = await openBundleAt(path);
  try {
    const { manifest, note, keys, source } = await openBundle(place.files);
    const evidence: Evidence = {
      ...{
        origin: manifest.origin,
        note,
        olderNotes: [],
        offered: keys,
        milestones: [],
        findings: [],
        mayBeOlder: true,
      },
      source: (size) => source(Math.max(size ?? 0, manifest.to)),
    };
    return { evidence, folder: place.folder, close: place.close };
  } catch (error) {
    await place.close();
    if (error instanceof BundleError) throw new CannotTell(error.message);
    throw error;
  }
}
