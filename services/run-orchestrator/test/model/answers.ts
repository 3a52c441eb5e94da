import { answersOfOther, answersOfSchedule, decisionAnswer } from './answers-of-others.ts';
import { answerOfRun, answersToStep, answersUnderKills } from './answers-of-runs.ts';
import { NOT_KNOWN, OK, type Exchange, type Moment } from './exchange.ts';
import type { Model } from './model.ts';
import { isOfApproval, isOfRun, isOfSchedule } from './requests.ts';
import { tellsTruth } from './telling.ts';

/** How long a replica may not know what a provider announced to another, in ms. */
const REGISTRY_LAG_MS = 1_000;

/** The answers that a request may have at this moment. */
function answersAt(exchange: Exchange, moment: Moment): readonly string[] {
  const { request, about } = exchange;
  if (isOfApproval(request)) return [decisionAnswer(request, moment, about)];
  if (isOfSchedule(request)) return answersOfSchedule(request, exchange, moment);
  if (!isOfRun(request)) return answersOfOther(request, exchange, moment.known);
  return request.kind === 'start' ? answersUnderKills(exchange, moment) : [answerOfRun(request, moment, about)];
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/** Every moment from when a request was sent to when it was answered. */
function windowOf({ from, to, sentAt, answeredAt }: Exchange, { states }: Model): readonly Moment[] {
  return states.slice(from, to! + 1).flatMap((known) => [sentAt, answeredAt!].map((at) => ({ known, at })));
}

function momentsBefore({ from, sentAt }: Exchange, { states, times }: Model): readonly Moment[] {
  const since = new Date(Date.parse(sentAt) - REGISTRY_LAG_MS).toISOString();
  const newer = times.findIndex((time) => time >= since);
  const first = Math.max(0, (newer < 0 ? from : Math.min(newer, from)) - 1);
  return states.slice(first, from + 1).map((known) => ({ known, at: sentAt }));
}

/** Every answer that would have been right at some moment. */
function answersIn(exchange: Exchange, window: readonly Moment[], model: Model): readonly string[] {
  const { kind } = exchange.request;
  if (kind === 'step' || kind === 'forward') return answersToStep(exchange, window, momentsBefore(exchange, model));
  return [...new Set(window.flatMap((moment) => answersAt(exchange, moment)))];
}

/** What is wrong with an answer; undefined when there was a moment, while it was worked on, at which it was the right one. */
export function wrongAnswer(exchange: Exchange, model: Model): string | undefined {
  const { request, reply, error, answeredAt } = exchange;
  if (answeredAt === undefined) return undefined;
  const what = JSON.stringify(request);
  if (!reply) return NOT_KNOWN.includes(codeOf(error)) ? undefined : `${what} failed: ${String(error)}`;
  const answer = reply.ok ? OK : reply.rejection.code;
  if (NOT_KNOWN.includes(answer)) return undefined;
  const window = windowOf(exchange, model);
  const may = answersIn(exchange, window, model);
  if (!may.includes(answer)) return `${what} was answered ${answer}, and not ${may.join(' or ')}`;
  if (window.some(({ known }) => tellsTruth(exchange, known))) return undefined;
  return `${what} was told ${JSON.stringify(reply)}, which was true at no moment`;
}
