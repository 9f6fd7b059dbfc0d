/* The scenarios to choose from: those that ship, and the reader's own text. */

/** @import { EditorOptions } from "../types.js" */

import { h } from "../core/dom.js";
import { createKept } from "./kept.js";

const GIVEN = "(as given)";
const OWN = "(your own)";

/** @param {string} one @param {string} other */
const isSame = (one, other) => one.trim() === other.trim();

/** @typedef {ReturnType<typeof createScenarios>} Scenarios */

/** Build the list.
 *
 * @param {EditorOptions["scenarios"]} list
 * @param {string} given the text that the view began with
 * @param {(text: string) => void} choose
 */
export function createScenarios(list, given, choose) {
  const kept = createKept(given);
  /** @param {string} text */
  const shipped = (text) => list.find((scenario) => isSame(scenario.text, text));
  let own = kept.read(); // the last text that is none of them: it is there to come back to
  const apart = given.trim() !== "" && !shipped(given);
  const asGiven = h("option", { value: GIVEN, hidden: !apart }, GIVEN);
  const yours = h("option", { value: OWN, title: "the text as you left it here" }, OWN);
  const pick = h("select", { class: "zv-select zv-scenarios", "aria-label": "scenario",
    onchange: () => choose(chosen()) },
  ...list.map((one) => h("option", { value: one.name, title: one.about },
    one.title ? `${one.name} \u00b7 ${one.title}` : one.name)),
  asGiven, yours);
  const chosen = () => list.find((scenario) => scenario.name === pick.value)?.text
    ?? (pick.value === GIVEN ? given : own);

  /** Whether a text is the reader's own. @param {string} text */
  const isOwn = (text) => text.trim() !== "" && !shipped(text) && !isSame(text, given);

  return {
    pick,
    isOwn,
    /** The name of the scenario that a text is; "": it is none of them. @param {string} text */
    nameOf: (text) => shipped(text)?.name ?? "",
    /** Name the scenario that a text is. @param {string} text */
    name(text) {
      const one = shipped(text);
      if (isOwn(text)) {
        own = text;
        kept.write(text);
      }
      yours.hidden = !own;
      pick.value = one ? one.name : isSame(text, given) ? GIVEN : OWN;
      pick.title = one ? one.about ?? "" : "";
    },
  };
}
