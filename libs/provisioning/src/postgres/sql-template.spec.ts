import { fillIn } from './sql-template.ts';

describe("psql's quoted variables", () => {
  it('become literals and identifiers', () => {
    const sql = `alter role r password :'secret'; grant connect on database :"name" to r; select '1'::int`;
    expect(fillIn(sql, { secret: "o'clock", name: 'a"b' })).toBe(
      `alter role r password 'o''clock'; grant connect on database "a""b" to r; select '1'::int`,
    );
  });

  it('are refused when they have no value', () => {
    expect(() => fillIn(`select :'missing'`, {})).toThrow(`:'missing'`);
  });
});
