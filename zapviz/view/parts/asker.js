/* Questions to Python, the last of which counts; what goes wrong is said. */

/** @import { Ask } from "../types.js" */

import { h, say } from "../core/dom.js";
import { askingOn } from "../core/going.js";
import { createGoingLine } from "./going.js";

const SLOW = 1000; // ms after which it is said that an answer is awaited

/** Build what asks, the line that says how far the answer is, and the place of what is wrong.
 *
 * @param {Ask | null | undefined} ask
 * @param {object} host
 * @param {HTMLElement} host.root
 * @param {() => void} host.onSlow
 * @param {() => void} host.onProblem before it is said
 */
export function createAsker(ask, host) {
  const asking = ask && askingOn(ask);
  const line = createGoingLine(host.root);
  const alert = h("div", { class: "zv-error", role: "alert", hidden: true });
  let waiting = 0; // the last question asked; an answer to an older one is dropped
  return {
    alert,
    line: line.node,
    /** Have what goes on stop; whether something does. */
    stop: line.stop,
    drop: line.drop,
    /** Ask for something; null where it went wrong, which is said, or is no longer wanted.
     *
     * @template A
     * @param {Record<string, unknown>} request
     * @returns {Promise<A | null>}
     */
    async ask(request) {
      if (!asking) return null;
      const own = ++waiting;
      alert.hidden = true;
      const slow = setTimeout(host.onSlow, SLOW);
      const going = line.begin("Running the scenario", true);
      /** @type {A & {error?: string} | null} */
      let answer = null;
      let problem = "";
      try {
        answer = await asking(request, going);
        problem = answer?.error ?? "";
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      clearTimeout(slow);
      if (!line.done(going) || own !== waiting) return null;
      if (!problem) return answer;
      host.onProblem();
      say(alert, problem);
      alert.hidden = false;
      return null;
    },
  };
}
