import {
  addSigningKey,
  getCheckpoint,
  getLogKeys,
  proveConsistency,
  proveInclusion,
  readLeaves,
  readTile,
  retireSigningKey,
  type httpApi,
  type ReplyEnvelope,
} from '@causeway/contracts';
import { encodeEntryBundle, parseTilePath, TILE_WIDTH, type TilePath } from '@causeway/ledger';
import { ok, rejected } from '@causeway/messaging';
import { answerOf, created, okay, type Answer } from '../http/answer.ts';
import type { Ask } from '../http/ask.ts';
import type { Call, Caller } from '../http/call.ts';

/** What was written once never changes, so it may be kept for ever; leaves by the browser of their reader alone. */
const FOR_EVER = 'max-age=31536000, immutable';
const NOTE = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' };
const TILE = { 'content-type': 'application/octet-stream', 'cache-control': `public, ${FOR_EVER}` };
const BUNDLE = { 'content-type': 'application/octet-stream', 'cache-control': `private, ${FOR_EVER}` };

/** What the routes of the log's proofs, tiles and keys do. */
export function tlogOperations(ask: Ask) {
  /** The leaves of a bundle, in as many questions as it takes. */
  async function leavesOf(first: number, width: number, call: Caller): Promise<ReplyEnvelope<Uint8Array[]>> {
    const leaves: Uint8Array[] = [];
    while (leaves.length < width) {
      const question = { fromPosition: first + leaves.length, limit: width - leaves.length };
      const reply = await ask(readLeaves, question, call);
      if (!reply.ok) return reply;
      if (reply.value.leaves.length === 0) return noSuch(`the log has ${reply.value.nextPosition} leaves`);
      leaves.push(...reply.value.leaves.map((leaf) => Buffer.from(leaf, 'base64')));
    }
    return ok(leaves);
  }

  return {
    note: async (call: Call<typeof httpApi.getTlogCheckpoint>): Promise<Answer> =>
      answerOf(await ask(getCheckpoint, {}, call), ({ note }) => ({ status: 200, body: note, headers: NOTE })),

    tile: async (call: Call<typeof httpApi.getTlogTile>): Promise<Answer> => {
      const tile = tileAt(call.params.tail);
      if (tile?.kind !== 'hashes') return MISSPELT;
      const { level, index, width } = tile;
      return answerOf(await ask(readTile, { level, index, width }, call), ({ hashes }) => ({
        ...{ status: 200, body: Buffer.from(hashes, 'base64'), headers: TILE },
      }));
    },

    entries: async (call: Call<typeof httpApi.getTlogEntries>): Promise<Answer> => {
      const bundle = tileAt(`entries/${call.params.tail}`);
      if (bundle?.kind !== 'entries') return MISSPELT;
      if (bundle.index > MAX_BUNDLE) return noSuch('the log has no leaf so far on');
      return answerOf(await leavesOf(bundle.index * TILE_WIDTH, bundle.width, call), (leaves) => ({
        ...{ status: 200, body: Buffer.from(encodeEntryBundle(leaves)), headers: BUNDLE },
      }));
    },

    checkpoint: async (call: Call<typeof httpApi.getCheckpoint>): Promise<Answer> =>
      answerOf(await ask(getCheckpoint, call.query, call), okay),

    keys: async (call: Call<typeof httpApi.getLogKeys>): Promise<Answer> =>
      answerOf(await ask(getLogKeys, {}, call), okay),

    inclusion: async (call: Call<typeof httpApi.proveInclusion>): Promise<Answer> =>
      answerOf(await ask(proveInclusion, call.query, call), okay),

    consistency: async (call: Call<typeof httpApi.proveConsistency>): Promise<Answer> =>
      answerOf(await ask(proveConsistency, call.query, call), okay),

    addKey: async (call: Call<typeof httpApi.addSigningKey>): Promise<Answer> =>
      answerOf(await ask(addSigningKey, call.body, call), (added) => created(added, added.position)),

    retireKey: async (call: Call<typeof httpApi.retireSigningKey>): Promise<Answer> =>
      answerOf(await ask(retireSigningKey, call.body, call), (retired) => okay(retired, retired.position)),
  };
}
export type TlogOperations = ReturnType<typeof tlogOperations>;

const tileAt = (tail: string): TilePath | undefined => parseTilePath(`tile/${tail}`);
const MAX_BUNDLE = Math.floor(Number.MAX_SAFE_INTEGER / TILE_WIDTH) - 1;
const noSuch = (why: string) => rejected('TILE_NOT_FOUND', `${why}; take partial tiles as wide as the checkpoint says`);
const MISSPELT: Answer = rejected(
  'REQUEST_INVALID',
  'this names no tile; write tile/<L>/<N> or tile/entries/<N>, with N in groups of three digits such as x001/234, and .p/<W> (1 to 255) behind it when partial',
  { errors: [{ path: 'tail', message: 'must be a tile as C2SP tlog-tiles writes it' }] },
);
