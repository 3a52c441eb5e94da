import type { LogFinding } from '@causeway/ledger';
import type { Io } from '../command.ts';
import { shown } from '../text.ts';
import type { TrustBasis } from './trust.ts';

/** What was found out about a log. Bytes are hexadecimal. */
export type LogReport = {
  readonly good: boolean;
  readonly origin: string;
  /** The positions that were checked are [from, to). */
  readonly from: number;
  readonly to: number;
  readonly checked: number;
  /** How many of them lost data by an erasure that the log records. */
  readonly erased: number;
  /** What the checkpoint says; left out when it says nothing that is believed. */
  readonly checkpoint?: { readonly size: number; readonly root: string; readonly signedBy: readonly string[] };
  readonly chain: string;
  /** Keys of the log that were believed, and why. */
  readonly trust: { readonly basis: TrustBasis; readonly keys: readonly string[] };
  readonly cosignatures: readonly { readonly witness: string; readonly size: number; readonly at: string }[];
  /** What should be known, and makes the log no worse. */
  readonly warnings: readonly string[];
  /** What is wrong, first position first, at most 100 of `wrong`. */
  readonly findings: readonly LogFinding[];
  readonly wrong: number;
};

const BASES: { readonly [basis in TrustBasis]: string } = {
  given: 'as you gave it',
  remembered: 'as it was when this log was first seen here',
  'first use': 'as the log itself says: seen for the first time, so compare it with what its owner tells you',
};
const SHOWN_FINDINGS = 20;

/** Tells a person. The last line is the verdict. */
export function tellReport(report: LogReport, io: Io): void {
  const { findings, wrong } = report;
  for (const line of circumstances(report)) io.out(line);
  for (const finding of findings.slice(0, SHOWN_FINDINGS)) io.out(`  ${findingText(finding)}`);
  if (wrong > SHOWN_FINDINGS) io.out(`  and ${wrong - SHOWN_FINDINGS} more`);
  io.out(report.good ? goodText(report) : `BAD from position ${findings[0]?.position} on: ${findings[0]?.code}`);
}

function circumstances(report: LogReport): readonly string[] {
  const { origin, from, to, checked, erased, warnings, trust, cosignatures, checkpoint } = report;
  return [
    `${shown(origin)}: ${checked} events checked, positions ${from} to before ${to}`,
    ...(erased > 0 ? [`note: data of ${erased} of them was erased, as the log itself records`] : []),
    ...trust.keys.map((key) => `  key ${key}, ${BASES[trust.basis]}`),
    ...(checkpoint ? [`  checkpoint of ${checkpoint.size} events, root ${checkpoint.root}`] : []),
    ...cosignatures.map(({ witness, size, at }) => `  cosigned by ${witness} up to ${size} events, ${at}`),
    ...warnings.map((warning) => `  note: ${shown(warning)}`),
  ];
}

const findingText = ({ position, code, detail, where }: LogFinding): string =>
  shown(`position ${position}: ${code}: ${detail}${where ? ` (${where})` : ''}`);

const goodText = ({ chain, checkpoint }: LogReport): string =>
  `good: positions without a gap, every hash, the chain and the tree hold, under a signed checkpoint of ${checkpoint?.size} events; chain ${chain}`;
