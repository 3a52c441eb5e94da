import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EMPTY_ROOT,
  formatCheckpoint,
  formatVerifierKey,
  newSigningKey,
  openNote,
  parseVerifierKey,
  signNote,
  type SigningKey,
} from '@causeway/ledger';
import { homePaths } from '../home.ts';
import { LEDGER_ORIGIN } from '../instance/environment.ts';
import { killService, stopService } from '../instance/service-process.ts';
import { instanceStatus } from '../instance/status.ts';
import { startWitness } from './witness-process.ts';
import { witnessAt } from './witness-at.ts';
import { spreadPorts } from '../ports.ts';

const keyOf = (fill: number): SigningKey => newSigningKey(LEDGER_ORIGIN, 'ed25519', new Uint8Array(32).fill(fill));
const [first, second] = [keyOf(1), keyOf(2)];

describe('the witness of an instance', () => {
  let home: string;
  let told: string[];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'causeway-witness-home-'));
    spreadPorts(home);
    told = [];
  });
  afterEach(async () => {
    await stopService('witness', { home });
    rmSync(home, { recursive: true });
  });

  const start = (): Promise<boolean> => startWitness(home, (line) => told.push(line));
  const publish = (...keys: readonly SigningKey[]): void => {
    mkdirSync(homePaths(home).signer, { recursive: true });
    const listed = keys.map((key) => ({ vkey: formatVerifierKey(key), addedAt: '2026-01-01T00:00:00.000Z' }));
    writeFileSync(join(homePaths(home).signer, 'keys.json'), JSON.stringify({ keys: listed }));
  };
  const listed = (): { readonly url: string; readonly vkey: string } =>
    (JSON.parse(readFileSync(homePaths(home).witnesses, 'utf8')) as { url: string; vkey: string }[])[0]!;
  const state = async () => (await instanceStatus(home)).find(({ name }) => name === 'witness');

  /** Shows it the empty tree, signed with this key. */
  async function submit(key: SigningKey): Promise<{ readonly status: number; readonly note: string }> {
    const note = signNote(formatCheckpoint({ origin: LEDGER_ORIGIN, size: 0, root: EMPTY_ROOT }), [key]);
    const answer = await fetch(`${listed().url}/add-checkpoint`, { method: 'POST', body: `old 0\n\n${note}` });
    return { status: answer.status, note: note + (await answer.text()) };
  }

  it('cosigns for the log whose keys the signer published, and the ledger is told of it', async () => {
    publish(first);
    expect(await start()).toBe(true);
    const { status, note } = await submit(first);
    expect(status).toBe(200);
    expect(openNote(note, [parseVerifierKey(listed().vkey)]).verified).toHaveLength(1);
    expect(await witnessAt(listed().url)).toMatchObject({ vkey: listed().vkey, logs: [{ origin: LEDGER_ORIGIN }] });
    expect(await state()).toMatchObject({ state: 'running', ready: true });
    expect(told).toEqual([]);
  });

  it('goes on and takes new keys when it runs already, and comes back as the same after it was killed', async () => {
    publish(first);
    await start();
    const before = listed();
    publish(second);
    expect(await start()).toBe(false);
    expect([(await submit(first)).status, (await submit(second)).status]).toEqual([403, 200]);
    await killService('witness', 'SIGKILL', { home });
    expect(await state()).toMatchObject({ state: 'ended', ready: false });
    expect(await start()).toBe(true);
    expect(listed()).toEqual(before);
  });

  it('is not started for a log without a key, and that stops nothing', async () => {
    expect(await start()).toBe(false);
    expect(told).toEqual([expect.stringContaining('The log has not published a key yet')]);
    expect(await state()).toMatchObject({ state: 'stopped' });
  });

  it('that cannot start stops nothing', async () => {
    publish(first);
    mkdirSync(join(homePaths(home).witness, 'state', 'logs'), { recursive: true });
    writeFileSync(join(homePaths(home).witness, 'state', 'logs', 'left.json'), '{}');
    expect(await start()).toBe(false);
    expect(told).toEqual([expect.stringMatching(/everything else goes on[\s\S]*its key is gone/)]);
  });
});
