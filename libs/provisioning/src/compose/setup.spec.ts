import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpCompose } from './setup.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'causeway-compose-'));

describe('the secrets of a compose deployment', () => {
  it('are handed out so that no container holds what is another one’s', () => {
    const handout = folder();
    setUpCompose(folder(), handout);
    expect(readdirSync(join(handout, 'egress-proxy'))).toEqual(['nats.password']);
    expect(readdirSync(join(handout, 'audit-ledger')).sort()).toEqual([
      'nats.password',
      'postgres-owner.password',
      'postgres.password',
    ]);
    expect(readdirSync(join(handout, 'gateway')).sort()).toEqual(['nats.password', 'operator-keys.json']);
    expect(existsSync(join(handout, 'gateway', 'postgres.password'))).toBe(false);
  });

  it('are made once: a second start hands out the same and shows no admin key', () => {
    const [home, first, second] = [folder(), folder(), folder()];
    expect(setUpCompose(home, first).adminKey).toMatch(/^cwk_/);
    expect(setUpCompose(home, second).adminKey).toBeUndefined();
    const read = (handout: string) => readFileSync(join(handout, 'run-orchestrator', 'postgres.password'), 'utf8');
    expect(read(second)).toBe(read(first));
  });

  it('give each NATS user another password', () => {
    const handout = folder();
    setUpCompose(folder(), handout);
    const passwords = readFileSync(join(handout, 'nats', 'secrets.conf'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(': ')[1]);
    expect(new Set(passwords).size).toBe(passwords.length);
  });
});
