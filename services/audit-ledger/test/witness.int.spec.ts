import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getCheckpoint, getLogKeys } from '@causeway/contracts';
import {
  cosign,
  formatSignature,
  formatVerifierKey,
  isConsistent,
  newSigningKey,
  openCheckpoint,
  parseAddCheckpoint,
  parseNote,
  parseVerifierKey,
} from '@causeway/ledger';
import type { Bus } from '@causeway/messaging';
import {
  signerFolder,
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';
import { callerOn, eventually, ORIGIN, type Caller } from './ledger.features.ts';

let infra: TestInfrastructure;
let service: ServiceProcess;
let bus: Bus;
let ledger: Caller;
let server: Server;
let file: string;
let away = false;
const key = newSigningKey('witness.test/stub', 'cosignature-v1', new Uint8Array(32).fill(7));
const known = { size: 0, root: new Uint8Array() };

/** A witness over HTTP that believes the first key it sees. */
function answer(body: string): { status: number; text: string; type?: string } {
  if (away) return { status: 503, text: 'closed' };
  const { oldSize, proof, note } = parseAddCheckpoint(body);
  const lines = note.split('\n');
  const [size, root] = [Number(lines[1]), Buffer.from(lines[2]!, 'base64')];
  if (oldSize !== known.size) return { status: 409, text: `${known.size}\n`, type: 'text/x.tlog.size' };
  const claim = { fromSize: known.size, fromRoot: known.root, toSize: size, toRoot: root, proof };
  if (known.size > 0 && !isConsistent(claim)) return { status: 422, text: 'no' };
  Object.assign(known, { size, root });
  return { status: 200, text: formatSignature(cosign(parseNote(note).text, key, Math.floor(Date.now() / 1_000))) };
}

beforeAll(async () => {
  infra = await testInfrastructure();
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { status, text, type = 'text/plain' } = answer(Buffer.concat(parts).toString());
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const database = await infra.database();
  file = join(signerFolder(database), 'witnesses.json');
  service = await startServiceProcess('audit-ledger', {
    ...infra.environment('audit-ledger', database),
    CAUSEWAY_LEDGER_ORIGIN: ORIGIN,
    CAUSEWAY_WITNESSES_FILE: file,
  });
  bus = await infra.connect('gateway');
  ledger = callerOn(await infra.connect('run-orchestrator'));
}, 60_000);

afterAll(async () => {
  await service?.kill();
  server?.close();
  await infra?.stop();
});

const meta = { id: 'test', actor: { kind: 'operator', id: 'ada' } } as const;
async function newest() {
  const reply = await bus.request(getCheckpoint, {}, meta);
  if (!reply.ok) throw new Error(reply.rejection.detail);
  return reply.value;
}
async function keys() {
  const reply = await bus.request(getLogKeys, {}, meta);
  if (!reply.ok) throw new Error(reply.rejection.detail);
  return reply.value;
}

describe('a witness', () => {
  it('is asked once it is listed, and its cosignature is served with the checkpoint', async () => {
    expect((await keys()).witnesses).toEqual([]);
    const { port } = server.address() as AddressInfo;
    writeFileSync(file, JSON.stringify([{ url: `http://127.0.0.1:${port}/`, vkey: formatVerifierKey(key) }]));
    const { lastPosition } = await ledger.appendOne();
    await eventually(async () => known.size > lastPosition);
    await eventually(async () => (await newest()).cosignedBy.length === 1);
    const { note, size } = await newest();
    const all = [...(await keys()).keys.map(({ vkey }) => parseVerifierKey(vkey)), key];
    expect(openCheckpoint(note, ORIGIN, all).verified).toHaveLength(2);
    expect((await keys()).witnesses).toMatchObject([{ name: 'witness.test/stub', cosignedSize: size }]);
  }, 60_000);

  it('may be away: the log goes on and says so; back, it cosigns again', async () => {
    away = true;
    const { lastPosition } = await ledger.appendOne();
    await eventually(async () => (await newest()).size > lastPosition);
    await eventually(async () => (await keys()).witnesses[0]?.problem?.includes('503') ?? false);
    expect((await newest()).cosignedBy).toEqual([]);
    away = false;
    await eventually(async () => (await newest()).cosignedBy.length === 1);
    expect((await keys()).witnesses[0]).not.toHaveProperty('problem');
  }, 60_000);

  it('that forgot is asked from what it knows', async () => {
    Object.assign(known, { size: 0, root: new Uint8Array() });
    const { lastPosition } = await ledger.appendOne();
    await eventually(async () => known.size > lastPosition);
    await eventually(async () => (await newest()).cosignedBy.length === 1);
  }, 60_000);
});
