/* What is said beside a text that is run as it is typed: what is wrong, and that it is awaited. */

/** @import { ScenarioText } from "./text.js" */

import { h, say } from "../core/dom.js";

const WAITS = "Waiting for the Python kernel to run this; if it was restarted, run the cell again. " +
  "The grid still shows what ran last.";
const OLD = "The grid still shows the last text that ran.";
const NOTHING = "Nothing has run yet.";
const SOON = 1000; // ms after which it is said that an answer is awaited

/** @typedef {ReturnType<typeof createNotices>} Notices */

/** Build them.
 *
 * @param {ScenarioText} text
 * @param {() => boolean} ran whether something ran
 * @param {() => string} standing what there is to say of the text where nothing else is said
 * @param {string} waits said while nothing answers
 */
export function createNotices(text, ran, standing, waits = WAITS) {
  const head = h("div", {});
  const place = h("pre", {});
  const error = h("div", { class: "zv-error", role: "alert", hidden: true }, head, place);
  const stale = h("div", { class: "zv-stale", role: "status", hidden: true });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let gone = false;
  let notice = ""; // what there is to say where nothing is wrong

  /** @param {string} what */
  function tell(what) {
    say(stale, what);
    stale.hidden = false;
  }

  function tellState() {
    if (!error.hidden) tell(ran() ? OLD : NOTHING);
    else if (notice || standing()) tell(notice || standing());
    else stale.hidden = true;
  }

  return {
    nodes: [stale, error],
    /** Say so if what runs the scenario does not answer soon. */
    wait() {
      clearTimeout(waiting);
      if (gone) tell(OLD);
      else waiting = setTimeout(() => tell(waits), SOON);
    },
    /** Say what the grid shows while what runs the scenario is at it. */
    going() {
      clearTimeout(waiting);
      tell(ran() ? OLD : NOTHING);
    },
    answered() {
      clearTimeout(waiting);
      tellState();
    },
    /** Tell whether nothing runs the scenario any more. @param {boolean} is */
    setGone(is) {
      clearTimeout(waiting);
      gone = is;
      tellState();
    },
    /** What to say from now on where nothing is wrong; "" is nothing. @param {string} words */
    setNotice: (words) => { notice = words; },
    /** Show what is wrong: the message may wrap, the line with its caret must not.
     *
     * @param {string} message
     * @param {number} line
     */
    setError(message, line = 0) {
      const [first, ...rest] = message.split("\n");
      say(head, first);
      say(place, rest.join("\n"));
      text.wrong(message ? line : 0);
      error.hidden = !message;
      // The box takes room from the text: what is being typed is to stay in sight.
      if (message) requestAnimationFrame(text.revealCaret);
      tellState();
      text.box.parentElement?.classList.toggle("zv-wrong", Boolean(message));
    },
    destroy: () => clearTimeout(waiting),
  };
}
