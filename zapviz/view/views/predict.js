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
  /** @type {ReturnType<typeof createStage> | null} */
  let steps = null;
  /** @type {ReturnType<typeof createExercise> | null} */
  let shown = null;
  const next = nextButton(() => shown?.by(1));
  const view = shown = createExercise(element, exercise, { ...options, onLeave: null, leaving: [],
    keys: [["Esc or q", "back from the steps to the entries; close"]],
    onStep: (...step) => steps?.show(...step),
    onShow() {
      steps?.clear();
      next.hidden = !shown?.follows();
    } });
  next.hidden = !view.follows();
  const stage = steps = createStage(options.palette, { root: view.root, top: view.top, next, theme: () => view.theme,
    keys: () => [
      ["n", view.follows() ? "next exercise" : null, () => view.by(1)],
      ["p", view.follows() ? "previous exercise" : null, () => view.by(-1)],
      ["b", null, view.present]] });
  view.inner.append(stage.node);

  return {
    root: view.root,
    show: view.show,
    get exercise() { return view.exercise; },
    get marks() { return view.marks; },
    get solution() { return view.solution; },
    setPresentation: view.setPresentation,
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
