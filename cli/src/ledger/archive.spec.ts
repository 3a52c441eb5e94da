import { rangeToArchive } from './archive.ts';

const made = (to: number, restoredBy?: number) => ({ to, ...(restoredBy === undefined ? {} : { restoredBy }) });

describe('the range to archive', () => {
  it('goes from the end of the last archive to the last whole tile', () => {
    expect(rangeToArchive({ from: undefined, before: 1_000 }, [])).toEqual({ from: 0, to: 768 });
    expect(rangeToArchive({ from: undefined, before: 1_024 }, [made(256), made(512)])).toEqual({
      from: 512,
      to: 1_024,
    });
    expect(rangeToArchive({ from: undefined, before: 512 }, [made(256, 900)])).toEqual({ from: 0, to: 512 });
    expect(rangeToArchive({ from: 256, before: 512 }, [made(768)])).toEqual({ from: 256, to: 512 });
  });

  it.each([
    ['a tile begins', { from: 100, before: 512 }],
    ['no whole tile', { from: undefined, before: 255 }],
    ['no whole tile', { from: 512, before: 512 }],
  ])('is refused: %s', (why, wish) => {
    expect(() => rangeToArchive(wish, [])).toThrow(why);
  });
});
