/* What just happened: the entry before and after, the verdict, its reason, and what stands around. */

/** @import { Granularity, Look, Palette, Step } from "../types.js" */
/** @import { TraceData } from "../core/trace.js" */

import { h, say } from "../core/dom.js";
import { verdictText } from "../core/looks.js";
import { START_HINT, functionsOf, reasonTexts, strideText } from "../core/strides.js";
import { BETWEEN, called, contextText, outcomeOf, passText, seenText, sourceText, statementOf } from "../core/telling.js";
import { chip, reserved, verdictSign } from "./panels.js";
import { wordsOf } from "./words.js";

/** What a step of the controls led to.
 *
 * @typedef {object} Stride
 * @property {number} start the state that it began at
 * @property {number} at the state shown
 * @property {Granularity} granularity
 * @property {number[]} decided the states in which an entry was decided
 */

/** @param {string | null} words */
const warned = (words) => (words ? `\u25b2 ${words}` : "");

/** What is said of each step's source where it is told what was seen. @param {TraceData} data */
const seenTexts = ({ trace }) =>
  trace.steps.map((step, k) => sourceText(step, seenText(trace, k, k + 1) || undefined));

/** @param {Palette} palette */
export function createNow(palette) {
  const words = wordsOf(palette);
  let watched = false; // whether it is told what a real kernel was seen to do
  const before = chip();
  const after = chip();
  const arrow = h("span", { class: "zv-arrow", "aria-hidden": "true" }, "\u2192");
  const chips = h("span", { class: "zv-chips" }, before.node, arrow, after.node);
  const title = reserved("zv-title");
  const verdict = verdictSign();
  const reason = reserved("zv-reason");
  const wrong = reserved("zv-wrong-words"); // what fails later because of this
  const source = reserved("zv-source");
  const context = reserved("zv-context");
  const node = h("section", { class: "zv-now", "aria-live": "polite", "aria-atomic": "true" },
    h("div", { class: "zv-head" }, chips, title.node, verdict.node),
    reason.node, wrong.node, source.node, context.node);

  /** @param {string} head @param {string} why @param {string} where @param {string | null} word */
  function tell(head, why, where, word) {
    words.say(title.text, head);
    words.say(reason.text, why);
    words.say(source.text, where);
    verdict.show(word, verdictText(palette, word));
  }

  /** What was seen between two states; null: that is not told. @param {TraceData} data @param {number} start @param {number} at */
  const seen = ({ trace }, start, at) => (watched && trace.seen_on ? seenText(trace, start, at) : null);

  /** Tell one step: the entry before and after, the verdict and its reason.
   *
   * @param {TraceData} data
   * @param {Step | null} step
   * @param {number} at
   * @param {(cell: number) => Look} look
   */
  function showStep(data, step, at, look) {
    chips.hidden = !step || (step.before === null && step.after === null);
    if (!step) {
      tell(data.last ? "Before the first statement" : "Nothing to show yet", data.last ? START_HINT : "", seen(data, 0, 0) ?? "", null);
      return;
    }
    if (!chips.hidden) {
      before.show(step.before === null ? null : look(step.before));
      after.show(step.after === null ? null : look(step.after));
    }
    tell(called(data, step, step.title), step.reason ?? "", sourceText(step, seen(data, at - 1, at) ?? undefined), outcomeOf(data, step));
  }

  /** Tell a whole statement or pass: what was decided, and why, once for each verdict.
   *
   * @param {TraceData} data
   * @param {Step} step the last of it
   * @param {Stride} stride
   */
  function showStride(data, step, { start, at, granularity, decided }) {
    const pass = granularity === "pass" && step.pass !== null ? data.trace.passes[step.pass] : null;
    const by = functionsOf(data, decided);
    const outcome = outcomeOf(data, step);
    const checked = outcome !== null && outcome in palette.checks;
    const told = seen(data, start, at);
    chips.hidden = true;
    tell(called(data, step, pass ? pass.title : statementOf(data, step).text),
      strideText(palette, data, start, at),
      by.length ? [`Decided in ${by.map((one) => `${one}()`).join(", ")}`, told].filter(Boolean).join(BETWEEN)
        : sourceText(step, told ?? undefined),
      checked ? outcome : null);
  }

  return {
    node,
    /** Tell of each step whether a watched kernel was seen to do the same, or not.
     *
     * @param {boolean} on
     * @param {TraceData} data
     */
    setWatched(on, data) {
      watched = on;
      if (on) source.keep(seenTexts(data));
    },
    /** Whether a change is read out. @param {boolean} on */
    setLive: (on) => node.setAttribute("aria-live", on ? "polite" : "off"),
    /** Make room for all that a trace will have told. @param {TraceData} data @param {Granularity} granularity */
    load(data, granularity) {
      const { steps, passes } = data.trace;
      title.keep([...steps.map((step) => called(data, step, step.title)),
        ...passes.map((pass) => pass.title), ...data.trace.statements.map((one) => one.text)], true);
      reason.keep(reasonTexts(palette, data, granularity));
      wrong.keep(steps.map((step) => warned(step.wrong)), true);
      source.keep([...steps.map((step) => sourceText(step)), ...(watched ? seenTexts(data) : [])]);
      context.keep(["Pass\nSo far", ...passes.map((pass) => `Pass: ${passText(pass)}\nSo far`)]);
    },
    /** Make room for the reasons of other strides. @param {TraceData} data @param {Granularity} granularity */
    restride: (data, granularity) => reason.keep(reasonTexts(palette, data, granularity), true),
    /** @param {TraceData} data @param {Stride} stride @param {(cell: number) => Look} look */
    show(data, stride, look) {
      const step = stride.at ? data.trace.steps[stride.at - 1] : null;
      if (step && stride.granularity !== "entry") showStride(data, step, stride);
      else showStep(data, step, stride.at, look);
      const led = data.trace.steps.slice(stride.start, stride.at).map((one) => warned(one.wrong));
      say(wrong.text, [...new Set(led)].filter(Boolean).slice(0, 3).join("\n"));
      words.say(context.text, step ? contextText(palette, data, stride.at) : "");
    },
  };
}
