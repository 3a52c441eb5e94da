import { RISKS } from '@causeway/contracts';
import { requirementOf } from './approval-rule.ts';

const rule = { quorum: 1, statement: false };

describe('what approving a step takes', () => {
  it('follows from its effects: nothing outside changes is low, anything that writes is at least medium', () => {
    expect(requirementOf({}, 'none')).toMatchObject({ risk: 'low', quorum: 1, isStatementNeeded: false });
    expect(requirementOf({}, 'reads')).toMatchObject({ risk: 'low', isStatementNeeded: false });
    expect(requirementOf({}, 'writes')).toMatchObject({ risk: 'medium', isStatementNeeded: true });
  });

  it('is made stricter by the capability and by the pack, and milder by neither', () => {
    expect(requirementOf({ risk: 'high' }, 'none')).toMatchObject({ risk: 'high', isStatementNeeded: true });
    for (const risk of RISKS) {
      const { risk: is } = requirementOf({}, 'writes', { ...rule, risk });
      expect(is).toBe(risk === 'low' ? 'medium' : risk);
    }
    expect(requirementOf({ risk: 'critical' }, 'none', { ...rule, risk: 'low' }).risk).toBe('critical');
  });

  it('asks for a statement from medium on whatever the pack says, and below when the pack says so', () => {
    expect(requirementOf({}, 'writes', rule).isStatementNeeded).toBe(true);
    expect(requirementOf({}, 'none', { ...rule, statement: true })).toMatchObject({
      ...{ risk: 'low', isStatementNeeded: true },
    });
  });

  it("takes the pack's quorum and approvers", () => {
    const approvers = ['ann', 'bob'];
    expect(requirementOf({}, 'none', { ...rule, quorum: 2, approvers })).toMatchObject({ quorum: 2, approvers });
  });
});
