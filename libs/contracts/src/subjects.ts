/**
 * Subjects of the bus, and back. Nobody types a subject by hand.
 * Tokens follow the restricted-term grammar of NATS ADR-6: letters, digits, dash, underscore.
 */
const TERM = /^[A-Za-z0-9_-]+$/;

export type SubjectParts =
  | { readonly kind: 'command' | 'query'; readonly owner: string; readonly name: string }
  | { readonly kind: 'capability'; readonly owner: string; readonly capability: string }
  | { readonly kind: 'announce'; readonly provider: string }
  | { readonly kind: 'listener'; readonly capability: string; readonly listener: string }
  | { readonly kind: 'append' | 'append-all'; readonly writer: string }
  | { readonly kind: 'stream'; readonly owner: string; readonly runId: string; readonly stepId: string }
  | { readonly kind: 'audit'; readonly type: string; readonly scope: string };

function term(token: string): string {
  if (!TERM.test(token))
    throw new RangeError(`«${token}» cannot be a token of a subject: only letters, digits, - and _`);
  return token;
}

const dashed = (capability: string): string => capability.split('.').map(term).join('-');

/** The subject for these parts. RangeError when a part would change the subject's meaning. */
export function subjectOf(parts: SubjectParts): string {
  switch (parts.kind) {
    case 'command':
      return `cmd.${term(parts.owner)}.${term(parts.name)}`;
    case 'query':
      return `qry.${term(parts.owner)}.${term(parts.name)}`;
    case 'capability':
      return `cap.${term(parts.owner)}.${dashed(parts.capability)}`;
    case 'append':
    case 'append-all':
      return `cmd.audit-ledger.${parts.kind}.${term(parts.writer)}`;
    case 'announce':
      return `cmd.run-orchestrator.announce-capabilities.${term(parts.provider)}`;
    case 'stream':
      return `out.${term(parts.owner)}.${term(parts.runId)}.${term(parts.stepId)}`;
    case 'listener':
      return `cmd.egress-proxy.${dashed(parts.capability)}.${term(parts.listener)}`;
    case 'audit':
      return ['audit', ...eventTypeTokens(parts.type), term(parts.scope)].join('.');
  }
}

function eventTypeTokens(type: string): string[] {
  const tokens = type.split('.').map(term);
  if (tokens.length !== 2) throw new RangeError(`«${type}» is not an event type: <noun>.<past-tense>`);
  return tokens;
}

/**
 * The parts of a subject, or undefined when it is not one of ours. A capability's name comes back with its first dash as the dot it was
 * (`network-http-fetch` is `network.http-fetch`): capability ids have exactly one dot and their first word has no dash.
 */
export function parseSubject(subject: string): SubjectParts | undefined {
  const [prefix = '', ...tokens] = subject.split('.');
  if (!tokens.every((token) => TERM.test(token))) return undefined;
  if (tokens.length === 2) return partsOfTwo(prefix, tokens as [string, string]);
  return tokens.length === 3 ? partsOfThree(prefix, tokens as [string, string, string]) : undefined;
}

function partsOfTwo(prefix: string, [owner, name]: [string, string]): SubjectParts | undefined {
  if (prefix === 'cmd') return { kind: 'command', owner, name };
  if (prefix === 'qry') return { kind: 'query', owner, name };
  const isCapability = prefix === 'cap' && name.includes('-');
  return isCapability ? { kind: 'capability', owner, capability: name.replace('-', '.') } : undefined;
}

function partsOfThree(prefix: string, tokens: [string, string, string]): SubjectParts | undefined {
  const [first, second, third] = tokens;
  if (prefix === 'out') return { kind: 'stream', owner: first, runId: second, stepId: third };
  if (prefix === 'audit') return { kind: 'audit', type: `${first}.${second}`, scope: third };
  return prefix === 'cmd' ? partsOfCommand(tokens) : undefined;
}

/** Commands whose last token is not part of their name: who announces or writes, or where a connection waits. */
function partsOfCommand([owner, name, last]: [string, string, string]): SubjectParts | undefined {
  switch (owner) {
    case 'run-orchestrator':
      return name === 'announce-capabilities' ? { kind: 'announce', provider: last } : undefined;
    case 'egress-proxy':
      return name.includes('-') ? { kind: 'listener', capability: name.replace('-', '.'), listener: last } : undefined;
    case 'audit-ledger':
      return name === 'append' || name === 'append-all' ? { kind: name, writer: last } : undefined;
    default:
      return undefined;
  }
}
