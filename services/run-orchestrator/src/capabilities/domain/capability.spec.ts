import { fold, specification } from '@causeway/eventing';
import { echoOf } from '../../../test/capability.features.ts';
import { atMs } from '../../../test/run.features.ts';
import { capabilityDecider, type CapabilityCommand } from './capability.ts';

const { given } = specification(capabilityDecider);
const D = 'd'.repeat(64);
const E = 'e'.repeat(64);
const announce = (more: Parameters<typeof echoOf>[1] = {}, digest = D, owner = 'x'): CapabilityCommand => ({
  ...{ type: 'announce', descriptor: echoOf(owner, more), digest, at: atMs(0) },
});
const remove = (owner = 'x'): CapabilityCommand => ({ type: 'remove', owner, at: atMs(1) });
const after = (...commands: readonly CapabilityCommand[]) =>
  commands.reduce<readonly Parameters<typeof capabilityDecider.evolve>[1][]>((events, command) => {
    const decision = given(...events).when(command);
    if (!decision.accepted) throw new Error(decision.rejection.detail);
    return [...events, ...decision.events];
  }, []);
const typesOf = (decision: ReturnType<ReturnType<typeof given>['when']>) =>
  decision.accepted ? decision.events.map(({ type }) => type) : decision.rejection.code;

describe('a capability', () => {
  it('is announced once, however many replicas do it', () => {
    expect(typesOf(given().when(announce()))).toEqual(['capability.announced']);
    expect(typesOf(given(...after(announce())).when(announce()))).toEqual([]);
  });

  it('is changed by another digest, and by other words under the same', () => {
    const decision = given(...after(announce())).when(announce({ version: '2' }, E));
    expect(decision).toMatchObject({
      events: [{ type: 'capability.changed', data: { digest: E, previousDigest: D } }],
    });
    expect(typesOf(given(...after(announce())).when(announce({ title: 'Other' })))).toEqual(['capability.changed']);
  });

  it('is removed once, and announced again', () => {
    const removed = after(announce(), remove());
    expect(typesOf(given(...removed).when(remove()))).toEqual([]);
    expect(fold(capabilityDecider, removed)).toMatchObject({ isRemoved: true });
    expect(typesOf(given(...removed).when(announce()))).toEqual(['capability.announced']);
  });

  it('belongs to the provider that announced it first, also once it is removed', () => {
    expect(typesOf(given(...after(announce())).when(announce({}, D, 'y')))).toBe('CAPABILITY_NOT_OWNED');
    expect(typesOf(given(...after(announce())).when(remove('y')))).toBe('CAPABILITY_NOT_OWNED');
    expect(typesOf(given(...after(announce(), remove())).when(announce({}, D, 'y')))).toBe('CAPABILITY_NOT_OWNED');
  });
});
