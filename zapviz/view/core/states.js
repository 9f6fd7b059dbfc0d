/* Which state of another trace to show: as same_place() of zapviz/widgets has it. */

/** @import { Trace } from "../types.js" */

/** The state of a new trace that corresponds to one of an old trace.
 *
 * The statement being shown is looked for by its text, nearest to where it was; within it the
 * distance from its first step is kept.
 *
 * @param {Trace | null} old
 * @param {Trace} next
 * @param {number} step
 */
export function samePlace(old, next, step) {
  if (!old || step <= 0 || step > old.steps.length || !next.statements.length) return 0;
  const index = old.steps[step - 1].statement;
  const was = old.statements[index];
  let now = next.statements[Math.min(index, next.statements.length - 1)];
  let nearest = Infinity;
  for (const [k, one] of next.statements.entries()) {
    if (one.text === was.text && Math.abs(k - index) < nearest) {
      nearest = Math.abs(k - index);
      now = one;
    }
  }
  return step === was.last ? now.last : Math.min(now.first + step - was.first, now.last);
}
