import { escapeIdentifier, escapeLiteral } from 'pg';

/**
 * Fills in psql's quoted variables, `:'name'` as a literal and `:"name"` as an identifier, so that one SQL file serves both psql and us.
 * Throws when a variable has no value.
 */
export function fillIn(sql: string, values: { readonly [name: string]: string }): string {
  return sql.replaceAll(/(?<!:):(['"])(\w+)\1/g, (_, quote: string, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the SQL names :${quote}${name}${quote}, which has no value`);
    return quote === "'" ? escapeLiteral(value) : escapeIdentifier(value);
  });
}
