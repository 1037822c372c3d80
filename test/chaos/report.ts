import type { RunReport } from './disturbed-run.ts';
import { describePlan, type StrikeKind, strikeKinds } from './plan.ts';

/** A run in one line, with what is wrong below it. */
export function describeRun(report: RunReport): string {
  const { plan, problems, struck, durationMs, recoveries, askedTwice } = report;
  const missed = struck.filter(({ victim }) => victim === null).length;
  const outcome = problems.length === 0 ? 'passed' : 'FAILED';
  const facts = [
    `seed ${plan.seed}: ${outcome} in ${seconds(durationMs)} s`,
    describePlan(plan),
    `${recoveries} rebuilt`,
    ...(askedTwice > 0 ? [`${askedTwice} asked twice`] : []),
    ...(missed > 0 ? [`${missed} hit nothing`] : []),
  ];
  return [facts.join('; '), ...problems.map((problem) => `  ${problem}`)].join('\n');
}

/** The figures of all runs, a line each. */
export function describeFigures(reports: readonly RunReport[], elapsedMs: number): string[] {
  const passed = reports.filter(({ problems }) => problems.length === 0).length;
  const durations = reports.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const total = (of: (report: RunReport) => number) => reports.reduce((sum, report) => sum + of(report), 0);
  return [
    `${passed} of ${reports.length} runs passed, in ${seconds(elapsedMs)} s`,
    `hits: ${strikeKinds.map((kind) => `${kind} ${hits(reports, kind)}`).join(', ')}`,
    `duration of a run: median ${seconds(median(durations))} s, longest ${seconds(durations.at(-1) ?? 0)} s`,
    `sandboxes rebuilt: ${total(({ recoveries }) => recoveries)}`,
    `requests to the model: ${total(({ moments }) => moments.requests)}; answered twice, as they were in flight: ${total(({ askedTwice }) => askedTwice)}`,
    `histories replayed: ${total(({ histories }) => histories)}`,
  ];
}

function hits(reports: readonly RunReport[], kind: StrikeKind): number {
  return reports.flatMap(({ struck }) => struck).filter((one) => one.kind === kind && one.victim !== null).length;
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}
