/* What one step of the controls decides: a single entry, a pass, a whole statement. */

/** @import { Granularity, Palette, Step } from "../types.js" */
/** @import { TraceData } from "./trace.js" */

import { cellOfStep } from "./places.js";

export const START_HINT = "Nothing exists yet. Press \u2192 or the next button to step.";

/** Whether a zap decides it; a page that leaves the page cache is another matter. @param {Step} step */
const isZap = (step) => step.kind !== "cache";

/** Whether a step decides an entry. @param {Palette} palette @param {Step} step */
export const decides = (palette, step) => step.verdict !== null && step.verdict in palette.signs;

/** The states after start, up to end, in which an entry was decided.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {number} start
 * @param {number} end
 */
export function decisions(palette, data, start, end) {
  const list = [];
  for (let n = start + 1; n <= end; n++) {
    const step = data.trace.steps[n - 1];
    if (step.at && decides(palette, step)) list.push(n);
  }
  return list;
}

/** The last verdict of each cell in these states; of many only what zaps decide.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {number[]} states
 */
export function verdictsAt(palette, data, states) {
  /** @type {Map<number, string>} */
  const last = new Map();
  for (const n of states) {
    const step = data.trace.steps[n - 1];
    const cell = cellOfStep(data, step);
    if (cell === null || step.verdict === null || !decides(palette, step)) continue;
    if (states.length > 1 && step.verdict !== "zapped" && step.verdict !== "kept") continue;
    last.set(cell, step.verdict);
  }
  return [...last];
}

/** The functions that decided in these states. @param {TraceData} data @param {number[]} states */
export function functionsOf(data, states) {
  const steps = states.map((n) => data.trace.steps[n - 1]);
  return [...new Set(steps.filter(isZap).map((one) => one.function))];
}

/** Why entries were decided between two states, once for each verdict.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {number} start
 * @param {number} end
 */
export function strideText(palette, data, start, end) {
  /** @type {Map<string, string | null>} */
  const reasons = new Map();
  for (const n of decisions(palette, data, start, end)) {
    const step = data.trace.steps[n - 1];
    const verdict = String(step.verdict);
    if (isZap(step) && !reasons.has(verdict)) reasons.set(verdict, step.reason);
  }
  const list = [...reasons].map(([one, why]) => `${one[0].toUpperCase()}${one.slice(1)}: ${why}`);
  return list.length ? list.slice(0, 3).join("\n") : data.trace.steps[end - 1].reason ?? "";
}

/** Every text that the reason can be while the strides stay as they are.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {Granularity} granularity
 */
export function reasonTexts(palette, data, granularity) {
  if (granularity === "entry") return [START_HINT, ...data.trace.steps.map((step) => step.reason ?? "")];
  const stops = data.stops[granularity];
  return [START_HINT, ...stops.slice(1).map((stop, k) => strideText(palette, data, stops[k], stop))];
}
