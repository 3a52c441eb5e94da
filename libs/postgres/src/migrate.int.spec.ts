import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testInfrastructure, type TestInfrastructure } from '@causeway/testing';
import type { Pool } from 'pg';
import { migrate } from './migrate.ts';

let infra: TestInfrastructure;
let pool: Pool;
let folder: string;

beforeAll(async () => {
  infra = await testInfrastructure();
});
afterAll(() => infra.stop());
beforeEach(async () => {
  pool = (await infra.database()).pool('resource_store', 8);
  folder = mkdtempSync(join(tmpdir(), 'causeway-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, sql: string) => writeFileSync(join(folder, name), sql);
const run = () => migrate(pool, folder, 'resource_store');
const words = async () =>
  (await pool.query<{ word: string }>('select word from note order by id')).rows.map(({ word }) => word);
const CREATE = 'create table note (id serial, word text)';

describe('migrating', () => {
  it('runs the files in the order of their names, and each only once', async () => {
    file('0002-second.sql', `insert into note (word) values ('second')`);
    file('0010-tenth.sql', `insert into note (word) values ('tenth')`);
    file('0001-first.sql', `${CREATE}; insert into note (word) values ('first')`);
    file('notes.txt', 'not SQL');
    expect(await run()).toEqual(['0001-first.sql', '0002-second.sql', '0010-tenth.sql']);
    expect(await run()).toEqual([]);
    file('0011-eleventh.sql', `insert into note (word) values ('eleventh')`);
    expect(await run()).toEqual(['0011-eleventh.sql']);
    expect(await words()).toEqual(['first', 'second', 'tenth', 'eleventh']);
  });

  it('runs each file once when several services start at the same time', async () => {
    file('0001-first.sql', `${CREATE}; insert into note (word) values ('once')`);
    const ran = await Promise.all(Array.from({ length: 5 }, run));
    expect(ran.flat()).toEqual(['0001-first.sql']);
    expect(await words()).toEqual(['once']);
  });

  it('leaves nothing of a file that fails, nor of those before it, and succeeds once it is mended', async () => {
    file('0001-first.sql', CREATE);
    file('0002-second.sql', 'create table other (id int); select no_such_function()');
    await expect(run()).rejects.toThrow('no_such_function');
    const { rows } = await pool.query(`select to_regclass('note') as note, to_regclass('other') as other`);
    expect(rows).toEqual([{ note: null, other: null }]);
    file('0002-second.sql', 'create table other (id int)');
    expect(await run()).toEqual(['0001-first.sql', '0002-second.sql']);
  });

  it('refuses a database that has run a file which this version does not have', async () => {
    file('0001-first.sql', CREATE);
    file('0002-second.sql', 'create table other (id int)');
    await run();
    rmSync(join(folder, '0002-second.sql'));
    await expect(run()).rejects.toThrow('0002-second.sql');
  });
});
