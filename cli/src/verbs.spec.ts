import { overview, VERBS } from './verbs.ts';

describe('the verbs', () => {
  it.each(Object.keys(VERBS))('%s says how it is used', async (verb) => {
    const command = await VERBS[verb]?.load();
    expect(command?.usage.startsWith(`./causeway ${verb}`)).toBe(true);
  });

  it('are all in the overview', () => {
    const listed = [...overview().matchAll(/^ {2}(\S+) {2,}/gm)].map(([, verb]) => verb);
    expect(listed).toEqual([...Object.keys(VERBS), 'help']);
  });
});
