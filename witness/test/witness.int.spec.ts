import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { openNote, parseVerifierKey } from '@causeway/ledger';
import { logKey, ORIGIN, testLog } from './test-log.features.ts';
import {
  NAME,
  newPlace,
  startStuckWitness,
  startWitness,
  type Place,
  type WitnessProcess,
} from './witness.features.ts';

const log = testLog();
const fork = testLog({ history: ' other', forkedAt: 4 });

let place: Place;
let running: WitnessProcess[];
const start = async (): Promise<WitnessProcess> => {
  const witness = await startWitness(place);
  running.push(witness);
  return witness;
};
const vkey = (): string => readFileSync(join(place.stateDir, 'witness.vkey'), 'utf8').trim();
const memoryFile = (): string => {
  const folder = join(place.stateDir, 'logs');
  return join(folder, readdirSync(folder)[0] ?? '');
};

beforeEach(() => {
  running = [];
  place = newPlace();
  place.trust(log.vkey);
});
afterEach(async () => {
  await Promise.all(running.map(({ kill }) => kill('SIGKILL')));
  place.remove();
});

describe('a witness over HTTP', () => {
  it('gives cosignature lines that, put behind the checkpoint, verify with its key', async () => {
    const witness = await start();
    const { status, body } = await witness.submit(await log.request(0, 5));
    expect(status).toBe(200);
    const opened = openNote(log.note(5) + body, [log.key, parseVerifierKey(vkey())]);
    expect(opened.verified.map(({ name }) => name)).toEqual([ORIGIN, NAME]);
  });

  it('answers each refusal as the specification says, and lives on', async () => {
    const witness = await start();
    await witness.submit(await log.request(0, 5));
    const statusOf = async (body: string | Uint8Array<ArrayBuffer>) => (await witness.submit(body)).status;
    expect(await statusOf('')).toBe(400);
    expect(await statusOf(Uint8Array.of(0xff, 0x00, 0x0a))).toBe(400);
    expect(await statusOf('old 9\n\n'.repeat(1_000))).toBe(400);
    expect(await statusOf(await testLog({ fill: 9 }).request(5, 6))).toBe(403);
    expect(await statusOf(await testLog({ origin: 'ledger.test/other' }).request(0, 1))).toBe(404);
    expect(await statusOf(await fork.request(5, 9))).toBe(422);
    expect(await statusOf('x'.repeat(70_000))).toBe(413);
    const stale = { status: 409, type: 'text/x.tlog.size', body: '5\n' };
    expect(await witness.submit(await log.request(3, 9))).toEqual(stale);
    expect(await witness.submit(await fork.request(5, 5))).toEqual(stale);
    expect(await witness.get('/add-checkpoint')).toMatchObject({ status: 405, allow: 'POST' });
    expect(await witness.get('/', 'DELETE')).toMatchObject({ status: 405, allow: 'GET' });
    expect((await witness.get('/secrets')).status).toBe(404);
    expect(await statusOf(await log.request(5, 6))).toBe(200);
  });

  it('refuses a body that is too long before it has all come', async () => {
    const witness = await start();
    const status = await new Promise<number | undefined>((answered, failed) => {
      const asked = request({ port: witness.port, path: '/add-checkpoint', method: 'POST', agent: false });
      asked.once('response', (response) => {
        answered(response.statusCode);
        response.resume();
        asked.destroy();
      });
      asked.once('error', failed);
      // Without a length, and without an end.
      asked.write('x'.repeat(70_000));
    });
    expect(status).toBe(413);
    expect((await witness.submit(await log.request(0, 5))).status).toBe(200);
  });

  it('leaves evidence when a log shows two histories, once for each', async () => {
    const witness = await start();
    await witness.submit(await log.request(0, 5));
    for (let i = 0; i < 3; i++) await witness.submit(await fork.request(5, 5));
    const lines = witness
      .output()
      .split('\n')
      .filter((line) => line.includes('two histories'));
    expect(lines.map((line) => (JSON.parse(line) as { note: string }).note)).toEqual([fork.note(5)]);
    expect((await witness.get('/metrics')).body).toContain('\ncauseway_witness_forks_total 1\n');
  });

  it('vouches for one history when many ask at the same time', async () => {
    const witness = await start();
    await witness.submit(await log.request(0, 4));
    const bodies = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? log : fork).request(4, 5 + (index % 7))),
    );
    const answers = await Promise.all(bodies.map(witness.submit));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(39);
  });

  it('tells its name, its key and how far each log is', async () => {
    const witness = await start();
    await witness.submit(await log.request(0, 5));
    expect(JSON.parse((await witness.get('/')).body)).toEqual({
      ...{ name: NAME, vkey: vkey() },
      logs: [{ origin: ORIGIN, size: 5, cosignedAt: expect.any(Number) as number }],
    });
    expect((await witness.get('/healthz')).status).toBe(200);
    expect((await witness.get('/readyz')).status).toBe(200);
  });

  it('has the metrics that the operations guide explains, no more and no fewer', async () => {
    const witness = await start();
    await witness.submit('nothing');
    const { body } = await witness.get('/metrics');
    expect(body).toContain('\ncauseway_witness_answers_total{status="400"} 1\n');
    expect(body).toContain(`\ncauseway_witness_cosigned_size{origin="${ORIGIN}"} 0\n`);
    const guide = readFileSync(resolve(import.meta.dirname, '../../docs/ledger-operations.md'), 'utf8');
    const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name).sort();
    const shown = names(body, /^# TYPE (causeway_\w+) /gm);
    expect(shown.length).toBeGreaterThan(0);
    expect(names(guide, /^\| `(causeway_witness_\w+)`/gm)).toEqual(shown);
  });
});

describe('the memory of a witness', () => {
  it('and its key outlive it', async () => {
    const first = await start();
    const name = vkey();
    await first.submit(await log.request(0, 5));
    expect(await first.kill()).toBe(0);
    const second = await start();
    expect(vkey()).toBe(name);
    expect((await second.submit(await log.request(0, 3))).body).toBe('5\n');
    expect((await second.submit(await log.request(5, 8))).status).toBe(200);
  });

  it('holds what was kept before it was killed, so that another history is refused', async () => {
    const stuck = await startStuckWitness(place, 'after');
    running.push(stuck);
    const unanswered = stuck.submit(await log.request(0, 5)).catch(() => 'no answer');
    while (!stuck.output().includes('stuck')) await new Promise((done) => setTimeout(done, 10));
    await stuck.kill('SIGKILL');
    expect(await unanswered).toBe('no answer');
    const witness = await start();
    expect(await witness.submit(await fork.request(0, 5))).toMatchObject({ status: 409, body: '5\n' });
    expect(await witness.submit(await fork.request(5, 5))).toMatchObject({ status: 409 });
    expect(await witness.submit(await log.request(5, 5))).toMatchObject({ status: 200 });
  });

  it('holds nothing that was not kept before it was killed', async () => {
    const stuck = await startStuckWitness(place, 'before');
    running.push(stuck);
    const unanswered = stuck.submit(await log.request(0, 5)).catch(() => 'no answer');
    while (!stuck.output().includes('stuck')) await new Promise((done) => setTimeout(done, 10));
    await stuck.kill('SIGKILL');
    expect(await unanswered).toBe('no answer');
    expect(await (await start()).submit(await log.request(0, 5))).toMatchObject({ status: 200 });
  });

  it.each([
    ['cannot be understood', () => writeFileSync(memoryFile(), '{')],
    [
      'is that of another log',
      () => writeFileSync(memoryFile(), readFileSync(memoryFile(), 'utf8').replace(ORIGIN, 'x')),
    ],
    ['was taken away while it runs', () => rmSync(memoryFile())],
    ['was put back to an older state while it runs', () => writeFileSync(memoryFile(), older)],
  ])('that %s ends all cosigning', async (_, damage) => {
    const witness = await start();
    await witness.submit(await log.request(0, 5));
    older = readFileSync(memoryFile(), 'utf8');
    await witness.submit(await log.request(5, 6));
    damage();
    for (const body of [await log.request(6, 9), await log.request(0, 9), await log.request(5, 9)])
      expect(await witness.submit(body)).toMatchObject({ status: 503 });
    expect((await witness.get('/readyz')).status).toBe(503);
    expect((await witness.get('/healthz')).status).toBe(200);
    expect(witness.output()).toContain('cannot cosign');
  });
  let older = '';

  it('belongs to its key: with one of them gone it does not start', async () => {
    await (await start()).submit(await log.request(0, 5));
    await running[0]?.kill();
    const [keyFile, logs] = [join(place.stateDir, 'witness.key'), join(place.stateDir, 'logs')];
    renameSync(logs, `${logs}.away`);
    await expect(start()).rejects.toThrow('what it has seen is gone');
    renameSync(`${logs}.away`, logs);
    renameSync(keyFile, `${keyFile}.away`);
    await expect(start()).rejects.toThrow('its key is gone');
    renameSync(`${keyFile}.away`, keyFile);
    expect((await (await start()).submit(await log.request(5, 6))).status).toBe(200);
  });

  it('begins anew where a crash left a folder and no key yet', async () => {
    mkdirSync(join(place.stateDir, 'logs'), { recursive: true });
    expect((await (await start()).submit(await log.request(0, 5))).status).toBe(200);
  });

  it('and its key are for its owner alone', async () => {
    await (await start()).submit(await log.request(0, 5));
    for (const file of [join(place.stateDir, 'witness.key'), memoryFile()]) expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('is not used under another name', async () => {
    await start();
    await expect(startWitness(place, 'w.test/2')).rejects.toThrow('is the key of w.test/1, not of w.test/2');
  });
});

describe('the trust of a witness', () => {
  it('moves to a new key of the log without a restart', async () => {
    const witness = await start();
    const next = testLog({ fill: 2 });
    expect((await witness.submit(await next.request(0, 5))).status).toBe(403);
    place.trust(log.vkey, next.vkey);
    expect((await witness.submit(await next.request(0, 5))).status).toBe(200);
    place.trust(next.vkey);
    expect((await witness.submit(await log.request(5, 6))).status).toBe(403);
    expect((await witness.submit(await next.request(5, 6))).status).toBe(200);
    expect(logKey(ORIGIN, 2).keyId).toBe(next.key.keyId);
  });

  it.each([
    ['cannot be understood', () => writeFileSync(place.logsFile, '{"logs":')],
    ['is gone', () => rmSync(place.logsFile)],
  ])('is in nobody while its file %s', async (_, damage) => {
    const witness = await start();
    damage();
    expect((await witness.submit(await log.request(0, 5))).status).toBe(503);
    expect((await witness.get('/readyz')).status).toBe(503);
    place.trust(log.vkey);
    expect((await witness.submit(await log.request(0, 5))).status).toBe(200);
  });
});

describe('a witness that is told something wrong', () => {
  it('lists every problem and does not start', async () => {
    await expect(startWitness({ ...place, stateDir: '', logsFile: '' }, 'two words')).rejects.toThrow(
      /status 1[\s\S]*WITNESS_NAME[\s\S]*WITNESS_STATE_DIR[\s\S]*WITNESS_LOGS_FILE/,
    );
  });
});
