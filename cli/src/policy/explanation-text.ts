import { requestText, type Decision, type Explained, type Explanation } from '@causeway/policy';

const SAYS = { allow: 'ALLOWED', ask: 'ALLOWED once a person agrees', deny: 'DENIED' } as const;

/** An explanation for a person to read, line by line. */
export function explanationLines({ decision, questions }: Explanation): readonly string[] {
  const { policy } = decision;
  const head = [
    `${SAYS[decision.verdict]} by rule ${decision.rule} of ${policy.pack} ${policy.version} (${policy.digest.slice(0, 12)})`,
    `  ${decision.reason}`,
  ];
  return [...head, ...questions.flatMap((one) => questionLines(one, questions.length > 1))];
}

function questionLines(explained: Explained, isOneOfMany: boolean): readonly string[] {
  const { request, decision, near, smallest, forbiddenBy } = explained;
  const title = isOneOfMany ? ['', `${requestText(request)}: ${saidIn(decision)}`] : [];
  if (decision.verdict !== 'deny') return title;
  return [
    ...title,
    ...allowedLines(decision),
    ...near.flatMap(({ rule, missing }) => [
      '',
      `Rule ${rule} would allow it, if not for:`,
      ...missing.map((one) => `  - ${one}`),
    ]),
    ...(forbiddenBy === undefined
      ? []
      : ['', `No permit can allow it: ${forbiddenBy} in constitution.cedar forbids it.`]),
    ...(smallest === undefined
      ? []
      : [
          '',
          'The smallest rule that would allow exactly this, for policy.cedar:',
          '',
          ...smallest.trimEnd().split('\n'),
        ]),
  ];
}

const saidIn = ({ verdict, rule }: Decision): string => `${SAYS[verdict]} by rule ${rule}`;

const allowedLines = ({ allowed }: Decision): readonly string[] =>
  allowed.length === 0 ? [] : ['', 'What is allowed:', ...allowed.map((one) => `  - ${one}`)];
