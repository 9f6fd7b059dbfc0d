/* What is told of a step: its source, its pass, what came of its statement so far. */

/** @import { Palette, Pass, Statement, Step, Trace } from "../types.js" */
/** @import { TraceData } from "./trace.js" */

import { cellOfStep } from "./places.js";
import { decides } from "./strides.js";

export const BETWEEN = "  \u00b7  ";

/** @param {TraceData} data @param {Step} step */
export const statementOf = (data, step) => data.trace.statements[step.statement];

/** A title, with the CPU before it where there are several.
 *
 * @param {TraceData} data
 * @param {Step} step
 * @param {string} title
 */
export function called(data, step, title) {
  const ofCpu = data.cpus > 1 && statementOf(data, step).text.startsWith("def CPU");
  return ofCpu ? `CPU${step.cpu}: ${title}` : title;
}

/** Where a step's rule is from, and what is known of it from real kernels.
 *
 * @param {Step} step
 * @param {string | null} [seen] what was seen of this very step, in place of its rule's evidence
 */
export function sourceText(step, seen = step.evidence) {
  const rule = step.rule ? `rule ${step.rule}` : "";
  return [step.source, rule, seen].filter(Boolean).join(BETWEEN);
}

/** What a watched kernel was seen to do in the steps from one state to another.
 *
 * @param {Trace} trace one with `seen_on`
 * @param {number} start
 * @param {number} at
 */
export function seenText({ seen_on: on, steps }, start, at) {
  if (!on) return "";
  if (!at) return `Beside Linux ${on.release}`;
  const told = steps.slice(start, at).flatMap((step) => step.seen ?? []);
  const count = told.filter(Boolean).length;
  if (!told.length) return `changes no entry, so that nothing is to be seen on ${on.name}`;
  if (count < told.length) return told.length > 1
    ? `\u2717 ${told.length - count} of ${told.length} changes not so on ${on.name}` : `\u2717 not so on ${on.name}`;
  return told.length > 1 ? `\u2713 all ${count} changes seen in this order on ${on.name}`
    : `\u2713 seen at this very place on ${on.name}`;
}

/** The pass of the step before a state, and what its statement has done up to there.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {number} at
 */
export function contextText(palette, data, at) {
  const step = data.trace.steps[at - 1];
  const statement = statementOf(data, step);
  const counts = tally(palette, data, step, at);
  const parts = [];
  if (counts.size) {
    const counted = [...counts].map(([what, count]) => `${count} ${what}`).join(", ");
    parts.push(at < statement.last ? `So far in this call: ${counted}` : `In this call: ${counted}`);
  }
  if (at === statement.last && step.result !== null && step.kind !== "check") {
    const call = /^[a-z_]+\(/.test(statement.text);
    if (step.result.startsWith("SIG")) parts.push(`It raises ${step.result}`);
    else if (step.result === "BLOCKED") parts.push("It never returns; nothing after it is run");
    else if (call || step.result !== "0") parts.push(`It returns ${step.result}`);
  }
  const pass = step.pass === null ? null : data.trace.passes[step.pass];
  return [pass ? `Pass: ${passText(pass)}` : "", parts.join(BETWEEN)].filter(Boolean).join("\n");
}

/** How often each verdict was given in the statement of a step, up to a state.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {Step} step
 * @param {number} at
 */
function tally(palette, data, step, at) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (let n = statementOf(data, step).first; n <= at; n++) {
    const one = data.trace.steps[n - 1];
    if (one.statement !== step.statement || !decides(palette, one)) continue;
    const gone = one.kind === "cache" && one.after !== null && data.trace.cells[one.after]?.kind === "none";
    const what = gone ? "out of the page cache" : String(one.verdict);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

/** @param {Pass} pass */
export function passText(pass) {
  if (!pass.zaps) return pass.title;
  if (pass.details === null) return `${pass.title}${BETWEEN}zap_details NULL`;
  const details = Object.entries(pass.details).map(([key, value]) => `${key} = ${detailText(value)}`);
  return details.length ? `${pass.title}${BETWEEN}zap_details ${details.join(", ")}` : pass.title;
}

/** @param {boolean | string | null} value */
const detailText = (value) =>
  value === true ? "1" : value === false ? "0" : value === null ? "NULL" : String(value);

/** What a step came to: of an assertion its outcome, else what became of the entry.
 *
 * @param {TraceData} data
 * @param {Step} step
 */
export const outcomeOf = (data, step) =>
  (step.kind === "check" ? statementOf(data, step).verdict : step.verdict);

/** How many of the assertions hold, known from the start, and the verdict on all of them; "" where none is.
 *
 * @param {Palette} palette
 * @param {Trace} trace
 * @returns {[string, string]}
 */
export function tallyOf(palette, trace) {
  const verdicts = trace.statements.flatMap((one) => one.verdict ?? []);
  if (!verdicts.length) return ["", ""];
  /** @param {string} verdict */
  const count = (verdict) => verdicts.filter((one) => one === verdict).length;
  const open = count("undecided");
  const all = count("fails") ? "fails" : open ? "undecided" : "holds";
  const said = `${palette.checks[all]} ${count("holds")} of ${verdicts.length} hold`;
  return [open ? `${said}, ${open} not decided by one order` : said, all];
}

/** The states after the steps because of which something fails, each with what is said of it.
 *
 * @param {Trace} trace
 * @returns {[number, string][]}
 */
export const wrongSteps = (trace) =>
  trace.steps.flatMap((step, k) => (step.wrong ? [/** @type {[number, string]} */ ([k + 1, step.wrong])] : []));

/** The cells that are wrong in a state: from the step to blame to the assertion that fails.
 *
 * @param {TraceData} data
 * @param {number} at
 */
export function wrongCells(data, at) {
  const states = data.trace.statements.flatMap((one) =>
    (at <= one.last ? (one.blame ?? []).filter((state) => state <= at) : []));
  const cells = states.map((state) => cellOfStep(data, data.trace.steps[state - 1]));
  return [...new Set(cells.flatMap((id) => (id === null ? [] : [id])))];
}

/** How a line is marked; an assertion that one order of the CPUs cannot decide, as any other.
 *
 * @param {Statement} statement
 */
export function lineMark(statement) {
  if (!statement.text.startsWith("assert")) return "zv-done";
  const open = statement.verdict === null || statement.verdict === "undecided";
  return open ? "zv-done" : `zv-${statement.verdict}`;
}

/** The statement at a line, or the next one; the last where none follows.
 *
 * @param {Statement[]} statements
 * @param {number} line
 */
export function statementAtLine(statements, line) {
  return statements.find((one) => one.line >= line) ?? statements[statements.length - 1];
}
