/* Two or more things in one place, one of them shown: a button for each. */

import { h } from "../core/dom.js";

/** Build the buttons; the first thing is shown.
 *
 * @param {string} label
 * @param {[string, HTMLElement][]} things
 */
export function createTabs(label, things) {
  const buttons = things.map(([name], k) => h("button", { type: "button", class: "zv-tab", "aria-pressed": "false",
    onclick: () => { if (buttons[k].getAttribute("aria-disabled") !== "true") choose(k); } }, name));

  /** @param {number} chosen */
  function choose(chosen) {
    for (const [k, [, node]] of things.entries()) {
      node.hidden = k !== chosen;
      buttons[k].setAttribute("aria-pressed", String(k === chosen));
    }
  }

  choose(0);
  return {
    node: h("div", { class: "zv-tabs", role: "group", "aria-label": label }, ...buttons),
    choose,
    /** Say whether there is something to show. @param {number} k @param {boolean} on */
    allow: (k, on) => buttons[k].setAttribute("aria-disabled", String(!on)),
  };
}
