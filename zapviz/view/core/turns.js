/* The schedule of a race: which CPU takes each step, and which other could. */

/** @import { Turn } from "../types.js" */

/** The CPUs that there are, in order. @param {Turn[]} turns */
export function cpusOf(turns) {
  const all = turns.flatMap((turn) => [turn.cpu, ...turn.open.map((one) => one.cpu)]);
  return [...new Set(all)].filter((cpu) => cpu >= 0).sort((a, b) => a - b);
}

/** The CPU of each step, as a race is asked for. @param {Turn[]} turns */
const scheduleOf = (turns) => turns.filter((turn) => turn.cpu >= 0).map((turn) => turn.cpu);

/** The schedule in which a CPU takes its step at a turn; the rest goes on as it did, as far as it can.
 *
 * @param {Turn[]} turns
 * @param {number} k
 * @param {number} cpu
 */
export function scheduleWith(turns, k, cpu) {
  const order = scheduleOf(turns);
  const rest = order.slice(k);
  const own = rest.indexOf(cpu);
  if (own >= 0) rest.splice(own, 1);
  return [...order.slice(0, k), cpu, ...rest];
}

/** The turn that a state stands before or in; at the end of the CPUs the last one, else -1.
 *
 * @param {Turn[]} turns
 * @param {number} at
 */
export function turnAt(turns, at) {
  const next = turns.findIndex((turn) => turn.before <= at && at < turn.after);
  return next < 0 && turns[turns.length - 1].after === at ? turns.length - 1 : next;
}

/** The turns that begin at a state: of all but the last, nothing is seen.
 *
 * @param {Turn[]} turns
 * @param {number} at
 */
export const turnsFrom = (turns, at) => [...turns.keys()].filter((k) => turns[k].before === at);

/** What the other CPUs could do at a turn. @param {Turn} turn */
export const offersAt = (turn) => turn.open.filter((one) => one.cpu !== turn.cpu);

/** The line of the statement within a CPU that led to a state; 0 where none did.
 *
 * @param {Turn[]} turns
 * @param {number} at
 */
export const lineAt = (turns, at) =>
  turns.find((turn) => turn.before < at && at <= turn.after)?.line ?? 0;
