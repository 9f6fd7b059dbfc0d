/* Which exercise it is, and what it asks: level, seed and number, the question, the kernel. */

/** @import { Exercise } from "../types.js" */

import { h, say, words } from "../core/dom.js";
import { questionParts } from "../core/answers.js";

/** @typedef {{level: number, seed: string, number: number}} ExercisePlace */

/** @param {HTMLElement} node @param {boolean} off */
export function disable(node, off) {
  node.setAttribute("aria-disabled", String(off));
}

/** Build the fields and the question.
 *
 * @param {object} host
 * @param {[number, string][]} host.levels
 * @param {(step: number) => void} host.by goes to another exercise of the list
 * @param {(part: Partial<ExercisePlace>) => void} host.go asks for the first exercise of another level or seed
 */
export function createQuestion(host) {
  const level = h("select", { class: "zv-select", "aria-label": "level",
    onchange: () => host.go({ level: Number(level.value) }) },
  ...host.levels.map(([one, name]) => h("option", { value: one }, `${one}: ${name}`)));
  const seed = h("input", { class: "zv-select zv-seed", "aria-label": "seed", maxlength: 60,
    title: "Who types the same seed gets the same exercises", spellcheck: "false",
    onchange: () => host.go({ seed: seed.value }) });
  const number = h("b", { class: "zv-number-now" });
  const previous = words("\u2190", "Previous exercise (p)", () => host.by(-1));
  const next = words("\u2192", "Next exercise (n)", () => host.by(1));
  previous.setAttribute("aria-label", "previous exercise");
  next.setAttribute("aria-label", "next exercise");
  const drawn = [h("label", { class: "zv-field" }, "Level ", level), h("label", { class: "zv-field" }, "Seed ", seed)];
  const numbered = h("span", { class: "zv-field" }, "Exercise ", previous, number, next);
  const kernel = h("span", { class: "zv-kernel" });
  const kernelTitle = h("span", {});
  const head = h("div", { class: "zv-predict-head" });
  const question = h("h3", { class: "zv-question", role: "presentation" });

  /** Bring the fields to the exercise that is shown. @param {ExercisePlace} exercise */
  function showPlace(exercise) {
    level.value = String(exercise.level);
    seed.value = exercise.seed;
  }

  return {
    fields: [...drawn, numbered],
    nodes: [head, question],
    showPlace,
    /** @param {Exercise} exercise @param {boolean} listed whether there are others of its list */
    show(exercise, listed) {
      for (const field of drawn) field.hidden = !listed || exercise.level === 0;
      numbered.hidden = !listed;
      showPlace(exercise);
      say(number, exercise.of ? `${exercise.number} of ${exercise.of}` : String(exercise.number));
      disable(previous, exercise.number <= 1);
      disable(next, exercise.number === exercise.of);
      say(kernel, exercise.kernel.name);
      say(kernelTitle, ` (${exercise.kernel.title})`);
      head.replaceChildren(...(exercise.title ? [h("b", {}, exercise.title), ` ${exercise.about}`] : []));
      head.hidden = !exercise.title;
      const [start, statement, end] = questionParts(exercise);
      question.replaceChildren(start, statement ? h("code", {}, statement) : "", end,
        h("span", { class: "zv-on" }, "on ", kernel, kernelTitle));
    },
  };
}
