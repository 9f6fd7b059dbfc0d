/* What the reveal says: the entries that were wrong, those that were right, the score by class. */

/** @import { Answered, Palette, Sitting, Truth } from "../types.js" */

import { h, words } from "../core/dom.js";
import { alike, grouped, rangesOf, rightOf, scoresByClass } from "../core/answers.js";
import { classLook } from "../core/looks.js";
import { clip } from "../core/text.js";
import { chip } from "./panels.js";
import { wordsOf } from "./words.js";

/** Build the panel, hidden until there is something to say.
 *
 * @param {Palette} palette
 * @param {(entry: Truth) => void} showStep shows the step that decides an entry
 */
export function createResult(palette, showStep) {
  const node = h("section", { class: "zv-result", "aria-label": "result", tabindex: -1 });
  const terms = wordsOf(palette);

  /** Entries, what they were, and what they become. @param {Truth[]} entries */
  function changeOf(entries) {
    const [{ kind, after }] = entries;
    return h("span", { class: "zv-truth-change" },
      h("b", { class: "zv-entry-name" }, rangesOf(entries.map((one) => one.name)).join(", ")),
      chip(classLook(palette, kind)).node, h("span", { class: "zv-arrow", "aria-hidden": "true" }, "\u2192"),
      chip(classLook(palette, after)).node);
  }

  /** What became of entries in one way, for one reason. @param {Truth[]} group */
  function truthItem(group) {
    const [entry] = group;
    const right = entry.answered === entry.fate;
    const answer = right ? `You said ${entry.answered}: right.`
      : entry.answered ? `You said ${entry.answered}.` : "You gave no answer.";
    const place = [entry.function, entry.rule && `rule ${entry.rule}`, entry.evidence].filter(Boolean);
    return h("li", { class: right ? "zv-truth" : "zv-truth zv-wrong-truth" },
      h("span", { class: "zv-sign-of", "aria-hidden": "true" }, right ? "\u2713" : "\u2260"),
      h("div", {},
        h("div", { class: "zv-truth-head" }, ...alike(group).map(changeOf), h("b", {}, `${entry.fate}.`), h("span", {}, answer)),
        h("div", {}, ...terms.mark(entry.reason)),
        place.length ? h("div", { class: "zv-source" }, place.join("  \u00b7  ")) : "",
        words(group.length > 1 ? `Show the step of ${entry.name}` : "Show the step", `Show step ${entry.state}`,
          () => showStep(entry))));
  }

  /** @param {Pick<Answered, "kind" | "answered" | "fate">[]} entries */
  function classScores(entries) {
    return h("span", { class: "zv-classes" }, ...scoresByClass(entries).map(([kind, right, of]) => {
      const look = classLook(palette, kind);
      return h("span", { class: "zv-legend-item" }, chip(look).node, `${look.name} ${right}/${of}`);
    }));
  }

  return {
    node,
    /** @param {Truth[]} entries with the learner's answers @param {string} returned what the call
     *   returned, in words, or "" @param {Sitting[]} sitting every exercise so far */
    show(entries, returned, sitting) {
      const right = rightOf(entries);
      const wrong = entries.filter((entry) => entry.answered !== entry.fate);
      const rest = right.length ? h("details", { class: "zv-rest", open: wrong.length === 0 },
        h("summary", {}, `\u2713 Right: ${clip(right.map((entry) => entry.name).join(", "), 80)}. Why?`),
        h("ol", { class: "zv-truths" }, ...grouped(right).map(truthItem))) : null;
      const ever = sitting.length > 1;
      node.replaceChildren(
        h("div", { class: "zv-scores" }, h("span", {}, "By class of entry"), classScores(entries),
          ever ? h("span", { class: "zv-ever" }, "this sitting") : null,
          ever ? classScores(sitting.flatMap((one) => one.entries)) : null,
          returned ? h("span", { class: "zv-returned" }, returned) : null),
        h("ol", { class: "zv-truths" }, ...grouped(wrong).map(truthItem)), ...(rest ? [rest] : []));
      node.scrollTop = 0;
    },
  };
}
