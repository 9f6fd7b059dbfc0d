/* What is done with an exercise: reveal the answers, take the marks back, go on to the next one. */

import { h, words } from "../core/dom.js";
import { disable } from "./question.js";

/** The button that goes on to the next exercise. @param {() => void} goOn */
export const nextButton = (goOn) => words("Next exercise", "Next exercise (n)", goOn, "zv-reveal", "n");

/** Build the buttons, and what is said beside them.
 *
 * @param {{reveal: () => void, clear: () => void, goOn: () => void}} host
 */
export function createDeeds(host) {
  const reveal = words("Reveal", "Reveal (Enter)", host.reveal, "zv-reveal", "Enter");
  const clear = words("Clear", "Take all marks back", host.clear);
  const onward = nextButton(host.goOn);
  const said = h("div", { class: "zv-said", role: "status", "aria-live": "polite" });
  return {
    nodes: [reveal, clear, onward, said],
    said,
    /** The button that goes on, if it is there. */
    get onward() { return onward.hidden ? null : onward; },
    /** @param {number} marked @param {boolean} revealed @param {boolean} follows whether there is another one */
    show(marked, revealed, follows) {
      disable(clear, marked === 0);
      reveal.hidden = clear.hidden = revealed;
      onward.hidden = !revealed || !follows;
    },
  };
}
