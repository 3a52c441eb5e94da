import type { ApprovalContent, Rejection } from '@causeway/contracts';

/** What an agent is told whose step waited for more budget and not for leave: codes of their own, and which meter it was. */
export function refusedExtension({ extension }: ApprovalContent, { code, detail, ...rest }: Rejection): Rejection {
  const said = extension && CODES[code];
  if (!extension || !said) return { code, detail, ...rest };
  return {
    ...rest,
    code: said,
    detail: `${detail} (${extension.delta} more of ${extension.meter})`,
    facts: { ...extension },
  };
}

const CODES: { readonly [Code in Rejection['code']]?: Rejection['code'] } = {
  APPROVAL_DENIED: 'BUDGET_EXTENSION_DENIED',
  APPROVAL_EXPIRED: 'BUDGET_EXTENSION_EXPIRED',
};
