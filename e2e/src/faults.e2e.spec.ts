import type { Bus } from '@causeway/messaging';
import { silent } from '@causeway/provisioning';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { auditorOf } from './faults/auditor.ts';
import { FAULTS } from './faults/faults.ts';
import type { Acknowledged } from './faults/load-process.ts';
import { runRounds } from './faults/rounds.ts';
import { openStage, type Stage } from './faults/stage.ts';
import { isUnharmed } from './faults/table.ts';
import { START_TIMEOUT_MS, STOP_TIMEOUT_MS } from './system.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(silent);
}, START_TIMEOUT_MS);
afterAll(() => stage?.stop(), STOP_TIMEOUT_MS);

describe('the ledger under constant load', () => {
  it('loses, repeats, leaves out and forks nothing that it acknowledged, whatever goes wrong', async () => {
    const rows = await runRounds(stage, FAULTS, { rounds: 2, stopMs: 4_500, log: silent });
    expect(rows.map(({ fault }) => fault)).toEqual(FAULTS.map(({ name }) => name));
    for (const { acknowledged } of rows) expect(acknowledged).toBeGreaterThan(0);
    expect(rows.flatMap(({ details }) => details)).toEqual([]);
    expect(isUnharmed(rows)).toBe(true);
  }, 900_000);
});

describe('who looks for damage in the log that this left', () => {
  let bus: Bus;
  beforeAll(async () => {
    bus = await stage.connect('audit-ledger');
    await stage.admin.query('create table kept as table audit_ledger.event');
  });

  const damage = (acknowledged: readonly Acknowledged[] = []) => auditorOf(stage.admin, bus).check(acknowledged);

  /** What it finds after this was done past everything that guards the log; then the log is as it was. */
  async function damageBy(harm: string) {
    const past = 'set session_replication_role = replica';
    await stage.admin.query(`${past}; ${harm}; reset session_replication_role`);
    const found = await damage();
    await stage.admin.query(
      `${past}; truncate audit_ledger.event cascade; insert into audit_ledger.event table kept; reset session_replication_role`,
    );
    return found;
  }

  it('finds an acknowledged append that is not there', async () => {
    const vanished = { ids: ['00000000-0000-4000-8000-000000000000'], firstPosition: 3, at: 0 };
    expect(await damage([vanished])).toMatchObject({ lost: 1, duplicates: 0, gaps: 0, forks: 0 });
  });

  it('finds a checkpoint of another log', async () => {
    const one = 'select min(size) from audit_ledger.checkpoint';
    const other = 'select note from audit_ledger.checkpoint order by size desc limit 1';
    const past = 'set session_replication_role = replica';
    await stage.admin.query('create table kept_checkpoint as table audit_ledger.checkpoint');
    await stage.admin.query(
      `${past}; update audit_ledger.checkpoint set note = (${other}) where size = (${one}); reset session_replication_role`,
    );
    expect(await damage()).toMatchObject({ forks: 1, gaps: 0 });
    await stage.admin.query(`${past}; update audit_ledger.checkpoint c set note = k.note from kept_checkpoint k
      where k.size = c.size; reset session_replication_role`);
  });

  // What the stream has is not put back.
  it('finds a message that the stream lacks, and one that it has twice', async () => {
    const manager = await jetstreamManager(bus.connection);
    const { state } = await manager.streams.info('AUDIT');
    const newest = await manager.streams.getMessage('AUDIT', { seq: state.last_seq });
    await manager.streams.deleteMessage('AUDIT', state.first_seq + 5);
    const facts = headers();
    facts.set('Nats-Msg-Id', 'another id');
    facts.set('Causeway-Position', newest!.header.get('Causeway-Position'));
    await jetstream(bus.connection).publish(newest!.subject, newest!.data, { headers: facts });
    expect(await damage()).toMatchObject({ lost: 0, duplicates: 1, gaps: 1, forks: 0 });
  });

  it('finds a leaf that was changed', async () => {
    const { forks } = await damageBy('update audit_ledger.event set leaf = set_byte(leaf, 9, 64) where position = 7');
    expect(forks).toBeGreaterThan(0);
  });

  it('finds a position that is missing', async () => {
    const { gaps } = await damageBy('delete from audit_ledger.event where position = 7');
    // The stream lacks one by now.
    expect(gaps).toBeGreaterThan(1);
  });
});
