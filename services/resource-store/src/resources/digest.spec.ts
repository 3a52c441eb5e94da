import { ResourceId } from '@causeway/contracts';
import { frameMark, resourceIdOf, sha256Hex } from './digest.ts';

const RUN = 'run_01h0000000000000000000000a';

describe('the id of a resource', () => {
  it('is the same for the same step of the same run', () => {
    expect(resourceIdOf(RUN, 'read')).toBe(resourceIdOf(RUN, 'read'));
    expect(ResourceId.safeParse(resourceIdOf(RUN, 'read')).success).toBe(true);
  });

  it('is another for another step or run', () => {
    const ids = [resourceIdOf(RUN, 'read'), resourceIdOf(RUN, 'read2'), resourceIdOf(`${RUN}b`, 'read')];
    expect(new Set(ids).size).toBe(3);
  });
});

describe('the mark of a frame', () => {
  it('differs from page to page and from content to content', () => {
    const marks = [frameMark(sha256Hex('a'), 0), frameMark(sha256Hex('a'), 1), frameMark(sha256Hex('b'), 0)];
    expect(new Set(marks).size).toBe(3);
    for (const mark of marks) expect(mark).toMatch(/^[0-9a-f]{32}$/);
  });
});
