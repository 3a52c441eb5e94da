import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CEDAR_SCHEMA } from './cedar-schema.ts';

const deployed = fileURLToPath(new URL('../../../deploy/policy/', import.meta.url));

describe('the schema of rules', () => {
  it('lies beside the packs as a file, for editors and for tools of Cedar', () => {
    expect(readFileSync(`${deployed}schema.cedarschema`, 'utf8')).toBe(CEDAR_SCHEMA);
  });
});
