/* The answers of a sitting: how many are right so far, and a file of them. */

/** @import { Exercise, Fate, Sitting, Solution } from "../types.js" */

import { h, say, words } from "../core/dom.js";
import { exerciseKey, sittingOf, tallyText } from "../core/answers.js";
import { saveFile } from "./panels.js";

/** What the learner has said of the exercise that is shown.
 *
 * @typedef {() => {exercise: Exercise, answers: Record<string, Fate>}} Now
 */

/** @param {Now} now */
export function createSitting(now) {
  /** @type {Map<string, Sitting>} */
  const revealed = new Map(); // by exercise: its answers, as first revealed
  const tally = h("span", { class: "zv-tally",
    title: "Yours alone: it is kept nowhere, unless you save your answers" });
  const save = words("Save my answers", "Save the answers of this sitting as a file; nothing else keeps them", () => {
    const { exercise, answers } = now();
    const exercises = [...revealed.values()];
    if (Object.keys(answers).length && !revealed.has(exerciseKey(exercise))) {
      exercises.push(sittingOf(exercise, answers, null));
    }
    const saved = { format: "zapviz-answers", version: 1, exercises };
    saveFile("zapviz-answers.json",
      new Blob([`${JSON.stringify(saved, null, 1)}\n`], { type: "application/json" }), 1000);
  });
  return {
    tally,
    save,
    all: () => [...revealed.values()],
    /** Count an exercise, the first time that it is revealed. @param {Solution} solution */
    add(solution) {
      const { exercise, answers } = now();
      const key = exerciseKey(exercise);
      if (!revealed.has(key)) revealed.set(key, sittingOf(exercise, answers, solution));
      say(tally, tallyText([...revealed.values()]));
    },
    /** @param {boolean} marked whether there are answers that are not revealed */
    show(marked) {
      save.hidden = !marked && revealed.size === 0;
    },
  };
}
