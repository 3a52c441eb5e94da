import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '@causeway/ledger';
import { repositoryRoot } from '@causeway/provisioning';

const FOREIGN = 'tools/foreign';

/** Files in a bundle for whoever gets it: what it is, how to check it, and the programs of others' libraries that check it, too. */
export function readersFiles(manifest: Manifest, size: number, vkeys: readonly string[]): ReadonlyMap<string, string> {
  const program = (path: string): string => readFileSync(join(repositoryRoot, FOREIGN, path), 'utf8');
  return new Map([
    ['VERIFY.md', guideFor(manifest, size, vkeys)],
    ['foreign/main.go', program('go/main.go')],
    ['foreign/npm-verify.mjs', program('npm-verify.mjs')],
  ]);
}

function guideFor({ origin, from, to }: Manifest, size: number, vkeys: readonly string[]): string {
  const keys = vkeys.map((vkey) => ` --vkey '${vkey}'`).join('');
  return `# Events ${from} to ${to - 1} of the log ${origin}

They are proven by a checkpoint of ${size} events, which the log signed.

| file            | holds                                                                                              |
| --------------- | -------------------------------------------------------------------------------------------------- |
| \`checkpoint\`    | size and root of the whole log, signed (C2SP tlog-checkpoint)                                        |
| \`tile/\`         | hashes of the tree, and leaves (C2SP tlog-tiles): served as they are, they are a static log        |
| \`events.ndjson\` | each event on a line: its leaf, and the data and salt that the leaf only commits to; bytes in base64 |
| \`keys.json\`     | the keys that the log says are its own and its witnesses'                                            |
| \`bundle.json\`   | which positions of which log these are                                                             |
| \`proof/\`        | the proof of the last event here, for the programs below                                           |
| \`foreign/\`      | programs that check such a proof with libraries that are not ours                                  |

Ask the owner of the log for its key on another way than this one: whoever made these files could have written any key into them. Where these commands
name a key, compare it.

## Everything, with Causeway

It needs no network and no running Causeway.

\`\`\`sh
./causeway verify --offline <this folder, or the tar file>${keys}
\`\`\`

It ends with 0 when all of it holds, with 1 when something does not, naming the first position that is wrong, and with 2 when it cannot be told.

## One event, with Go's libraries for checksum databases

On Debian, after \`apt-get install golang-go golang-golang-x-mod-dev\`:

\`\`\`sh
cat proof/vkey
GO111MODULE=off GOPATH=/usr/share/gocode go run foreign/main.go proof
\`\`\`

## One event, with the sigstore verifier that npm brings

\`\`\`sh
cat proof/vkey
node foreign/npm-verify.mjs "$(dirname "$(readlink -f "$(command -v npm)")")/.." proof
\`\`\`

Both say \`accepted\`. The proof of another event: \`./causeway ledger prove <this folder, or the tar file> <position> --out <folder>\`.
`;
}
