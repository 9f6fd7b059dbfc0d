/* Predict: one exercise after the other, and below it the steps of the one that was revealed. */

/** @import { Exercise, PredictOptions, ThemeName } from "../types.js" */

import { nextButton } from "../parts/deeds.js";
import { createExercise } from "./exercise.js";
import { createStage } from "./stage.js";

/** Build the exercises inside an element.
 *
 * @param {HTMLElement} element
 * @param {Exercise} exercise with its solution, where nobody can be asked
 * @param {PredictOptions} options ask(request) gives what zapviz.api.answers.respond() gives
 */
export function createPredict(element, exercise, options) {
  const view = createExercise(element, exercise, { ...options, onLeave: null, leaving: [],
    keys: [["Esc or q", "back from the steps to the entries; close"]],
    onStep: (...step) => stage.show(...step),
    onShow() {
      stage.clear();
      next.hidden = !view.follows();
    } });
  const next = nextButton(() => view.by(1));
  next.hidden = !view.follows();
  /** @type {ReturnType<typeof createStage>} */
  const stage = createStage(options.palette, { root: view.root, top: view.top, next, theme: () => view.theme,
    keys: () => [
      ["n", view.follows() ? "next exercise" : null, () => view.by(1)],
      ["p", view.follows() ? "previous exercise" : null, () => view.by(-1)],
      ["b", null, () => view.present()]] });
  view.inner.append(stage.node);

  return {
    root: view.root,
    show: view.show,
    get exercise() { return view.exercise; },
    get marks() { return view.marks; },
    get solution() { return view.solution; },
    setPresentation: view.present,
    /** @param {ThemeName} wanted */
    setTheme(wanted) {
      view.setTheme(wanted);
      stage.setTheme(wanted);
    },
    destroy() {
      stage.clear();
      view.destroy();
    },
  };
}
