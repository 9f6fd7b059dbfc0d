/* The line that says how far work has come, with the button that stops it. */

/** @import { Going } from "../types.js" */

import { focusIn, h, say } from "../core/dom.js";
import { createGoing } from "../core/going.js";

const HEARD = 5000; // ms between two words on the progress to those who hear it

/** @typedef {ReturnType<typeof createGoingLine>} GoingLine */

/** Build the line; it is hidden while nothing goes on.
 *
 * @param {HTMLElement} leaves what has the focus when the button that had it is gone: the panel
 */
export function createGoingLine(leaves) {
  const heard = h("span", { class: "zv-heard", role: "status" });
  const seen = h("span", { "aria-hidden": "true" });
  const stop = h("button", { type: "button", class: "zv-button zv-words", onclick: stopNow }, "Stop");
  const node = h("p", { class: "zv-going", hidden: true }, seen, heard, stop);
  /** @type {Going | null} */
  let now = null;
  let what = "";
  let told = 0; // when it was said last

  /** Have it stop; whether there is something that goes on, and is seen to. */
  function stopNow() {
    if (!now || node.hidden) return false;
    if (now.end) return true;
    now.end = "stop";
    stop.setAttribute("aria-disabled", "true"); // it keeps the focus
    tell("stopping");
    return true;
  }

  /** @param {string} progress */
  function tell(progress) {
    const words = progress ? `${what}: ${progress}` : `${what} \u2026`;
    say(seen, words);
    if (performance.now() - told < HEARD && !now?.end) return;
    told = performance.now();
    say(heard, words);
  }

  function end() {
    const focused = focusIn(stop);
    now = null;
    node.hidden = true;
    say(heard, "");
    if (focused && leaves.isConnected) leaves.focus({ preventScroll: true });
  }

  return {
    node,
    /** Have it stop, as its button does. */
    stop: stopNow,
    /** Begin something; what went on before is dropped.
     *
     * @param {string} words what it is
     * @param {boolean} [quick] whether it is most often done at once, so that the line waits for its first progress
     */
    begin(words, quick = false) {
      if (now) now.end = "drop";
      what = words;
      told = 0;
      stop.setAttribute("aria-disabled", "false");
      node.hidden = quick;
      const own = createGoing((progress) => {
        if (own !== now || own.end) return;
        node.hidden = false;
        tell(progress);
      });
      now = own;
      if (!quick) tell("");
      return own;
    },
    /** It is done; whether its answer is wanted. @param {Going} going */
    done(going) {
      if (going === now) end();
      return going.end !== "drop";
    },
    /** Nobody waits for it any more. */
    drop() {
      if (!now) return;
      now.end = "drop";
      end();
    },
  };
}
