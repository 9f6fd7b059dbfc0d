/* The explorer's exercises: each zap of its scenario, in the explorer's place. */

/** @import { Dialog, EditorOptions, Exercise } from "../types.js" */
/** @import { EditorHost } from "./editor.js" */

import { h, say } from "../core/dom.js";
import { createDialog } from "../parts/dialog.js";
import { createExercise } from "./exercise.js";

/** Build the mode; its panel says why there is nothing to predict.
 *
 * @param {EditorOptions} given
 * @param {EditorHost} host
 * @param {() => {scenario: string, kernel: string}} now what the exercises are of
 * @returns {Dialog}
 */
export function createPredicting(given, host, now) {
  const said = h("pre", { role: "status" });
  const dialog = createDialog("Predict", "zv-predicting", said);
  /** Go to a state of the statement at a line. @param {number} line @param {number} steps after its first one */
  const goIn = (line, steps) => host.move(host.display.stateIn(line, steps));

  /** Begin with the statement that is shown, or the next one that zaps. */
  async function open() {
    const of = now();
    const { line } = host.display.statement();
    /** @type {(Exercise & {error?: undefined}) | {error: string} | undefined} */
    const found = await given.ask?.({ ask: "exercise", ...of, line });
    if (found === undefined) return;
    if (found.error !== undefined) {
      say(said, found.error);
      dialog.open();
      return;
    }
    host.instead((element, close, theme, presentation) => {
      const leave = () => {
        const { solution, exercise } = view;
        close();
        // Back where one was; after what was asked, once that was told.
        if (solution) goIn(exercise.origin, Infinity);
      };
      const view = createExercise(element, found, { palette: host.palette, levels: [], theme, presentation,
        ask: given.ask, asking: of, onLeave: leave, leaving: [["m", null, leave]],
        keys: [["Esc, q or m", "back to the explorer"]],
        onStep: (trace, state) => {
          const { exercise } = view;
          const { first } = trace.statements[trace.statements.length - 1];
          close();
          goIn(exercise.origin, state - first);
        } });
      return view;
    });
  }

  return { ...dialog, get isOpen() { return dialog.isOpen; }, open,
    toggle: () => (dialog.isOpen ? dialog.close() : open()) };
}
