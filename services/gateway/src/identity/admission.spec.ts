import { httpApi, OPERATOR_ROLES, ROUTES, type RouteContract } from '@causeway/contracts';
import { admitted, type Identities } from './admission.ts';
import { agentPrincipal, operatorPrincipal } from './principal.ts';

const TOKEN = `cwa_${'x'.repeat(43)}`;
const agent = agentPrincipal({ agentId: 'reader', sessionId: 'ses_1' });

const identities: Identities = {
  agentOf: async (token) => (token === TOKEN ? agent : undefined),
  operatorOf: (key) =>
    OPERATOR_ROLES.map((role) => operatorPrincipal({ id: role, role })).find(({ role }) => role === key),
};
const codeOf = (route: RouteContract, authorization?: string) =>
  admitted(route, authorization, identities).then(
    () => 'admitted',
    (error: { rejection: { code: string } }) => error.rejection.code,
  );

describe('admission', () => {
  it('asks for no credential where anyone may', async () => {
    expect(await admitted(httpApi.getHealth, undefined, identities)).toBeUndefined();
  });

  it('takes the scheme in any case and spaces around the token', async () => {
    expect(await admitted(httpApi.listRuns, `bearer   ${TOKEN} `, identities)).toBe(agent);
  });

  it.each([
    ['no header', undefined, 'CREDENTIAL_MISSING'],
    ['an empty header', '', 'CREDENTIAL_INVALID'],
    ['another scheme', 'Basic dmlld2VyOg==', 'CREDENTIAL_INVALID'],
    ['a scheme without a token', 'Bearer', 'CREDENTIAL_INVALID'],
    ['two tokens', `Bearer ${TOKEN} viewer`, 'CREDENTIAL_INVALID'],
    ['a token that is too long', `Bearer ${'x'.repeat(513)}`, 'CREDENTIAL_INVALID'],
    ['an unknown session token', `Bearer cwa_${'y'.repeat(43)}`, 'CREDENTIAL_INVALID'],
    ['an unknown operator key', 'Bearer cwk_nobody', 'CREDENTIAL_INVALID'],
    ['a role that may only look', 'Bearer viewer', 'ROLE_REQUIRED'],
    ['an agent', `Bearer ${TOKEN}`, 'ROLE_REQUIRED'],
  ])('refuses to start a run for %s', async (_what, authorization, code) => {
    expect(await codeOf(httpApi.startRun, authorization)).toBe(code);
  });

  it('says which roles would do', async () => {
    const refusal = await admitted(httpApi.grantApproval, 'Bearer operator', identities).catch(
      (error: { rejection: unknown }) => error.rejection,
    );
    expect(refusal).toMatchObject({
      detail: expect.stringContaining('operator'),
      allowed: ['A credential with the role approver.', 'A credential with the role admin.'],
    });
  });

  it('passes on that it cannot be told whose a token is', async () => {
    const unsure: Identities = { ...identities, agentOf: async () => Promise.reject(new Error('no ledger')) };
    await expect(admitted(httpApi.listRuns, `Bearer ${TOKEN}`, unsure)).rejects.toThrow('no ledger');
  });

  it('lets no agent decide an approval and nobody but agents act as one', () => {
    const rolesOf = (operationId: string) => ROUTES.find((route) => route.operationId === operationId)?.roles;
    expect(rolesOf('grantApproval')).not.toContain('agent');
    expect(rolesOf('denyApproval')).not.toContain('agent');
    expect([rolesOf('executeStep'), rolesOf('claimCompletion')]).toEqual([['agent'], ['agent']]);
  });

  it('lets an admin do what any operator may, and operators and approvers see what a viewer sees', () => {
    const roles = ROUTES.flatMap((route) => (route.roles === 'anyone' ? [] : [route.roles]));
    const forPeople = roles.filter((list) => list.some((role) => role !== 'agent'));
    const forViewers = roles.filter((list) => list.includes('viewer'));
    expect(forPeople.filter((list) => !list.includes('admin'))).toEqual([]);
    expect(forViewers.filter((list) => !list.includes('operator') || !list.includes('approver'))).toEqual([]);
  });
});
