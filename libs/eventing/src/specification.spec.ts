import { accept, fold, refuse, type Decider } from './decider.ts';
import { specification } from './specification.ts';

type Event = { readonly type: 'thing.counted'; readonly data: { readonly by: number } };
type State = { list: number[] };
const counted = (by: number): Event => ({ type: 'thing.counted', data: { by } });

const decider: Decider<State, number, Event, string> = {
  initialState: () => ({ list: [] }),
  decide: (by, state) => (state.list.length < 2 ? accept(counted(by)) : refuse('enough')),
  evolve: (state, event) => ({ list: [...state.list, event.data.by] }),
};

describe('a specification', () => {
  it('decides on the state that the given events make', () => {
    const { given } = specification(decider);
    expect(given().when(1)).toEqual({ accepted: true, events: [counted(1)] });
    expect(given(counted(1), counted(2)).when(3)).toEqual({ accepted: false, rejection: 'enough' });
    expect(given(counted(1)).state()).toEqual({ list: [1] });
  });

  it('fails a decider that changes the state it was given', () => {
    const careless: typeof decider = {
      ...decider,
      decide: (by, state) => {
        state.list.push(by);
        return accept(counted(by));
      },
    };
    expect(() => specification(careless).given(counted(1)).when(2)).toThrow(TypeError);
  });
});

describe('folding', () => {
  it('gives the initial state without events', () => {
    expect(fold(decider, [])).toEqual({ list: [] });
  });
});
