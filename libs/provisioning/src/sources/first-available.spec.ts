import { firstAvailable, type Source } from './first-available.ts';

const asked: string[] = [];
const source = (name: string, answer: string | Error | undefined): Source<string> => ({
  name,
  find: async () => {
    asked.push(name);
    if (answer instanceof Error) throw answer;
    return answer;
  },
});

describe('the first available source', () => {
  beforeEach(() => asked.splice(0));

  it('takes the first that has one and does not ask those after it, for asking may install', async () => {
    const sources = [source('path', undefined), source('package', 'packaged'), source('system', 'installed')];
    expect(await firstAvailable(sources, 'install it', () => undefined)).toBe('packaged');
    expect(asked).toEqual(['path', 'package']);
  });

  it('goes on after a source that failed, and says so', async () => {
    const lines: string[] = [];
    const sources = [source('package', new Error('offline')), source('system', 'installed')];
    expect(await firstAvailable(sources, 'install it', (line) => lines.push(line))).toBe('installed');
    expect(lines).toEqual(['package: offline']);
  });

  it('ends with what to do and what each source answered when none has one', async () => {
    const sources = [source('path', undefined), source('package', new Error('offline'))];
    const refusal = firstAvailable(sources, 'Install it.', () => undefined);
    await expect(refusal).rejects.toThrow('Install it.\nTried in this order:\n  - path: none\n  - package: offline');
  });
});
