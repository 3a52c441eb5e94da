import { judge, unprobed, type Probe } from './probe.ts';

const probe: Probe = { title: 'a domain waits', file: 'x.ts', code: '', rule: 'causeway/pure-domain', says: 'inputs' };
const control: Probe = { title: 'control', file: 'y.ts', code: '' };
const finding = { rule: 'causeway/pure-domain', message: 'time is for inputs' };

describe('a probe', () => {
  it('is satisfied when its rule fires and says why', () => {
    expect(judge(probe, [finding]).outcome).toBe('as expected');
  });

  it('fails when the rule is silent', () => {
    expect(judge(probe, []).outcome).toBe('the rule is silent');
  });

  it('fails when the file was not linted', () => {
    expect(judge(probe, undefined).outcome).toBe('the file was not linted at all');
  });

  it('fails when another rule fires, or the rule with another message', () => {
    expect(judge(probe, [finding, { rule: 'max-lines', message: 'long' }]).outcome).toContain('max-lines');
    expect(judge(probe, [{ ...finding, message: 'Parsing error' }]).outcome).toContain('Parsing error');
  });

  it('fails as a control when anything fires', () => {
    expect(judge(control, [finding]).outcome).toContain('unexpected');
    expect(judge(control, []).outcome).toBe('as expected');
  });
});

describe('coverage', () => {
  it('names the rules that no probe breaks', () => {
    expect(unprobed(['causeway/pure-domain', 'complexity'], [probe, control])).toEqual(['complexity']);
  });
});
