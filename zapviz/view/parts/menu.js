/* The View menu: what is used less often than the buttons that step. */

import { h } from "../core/dom.js";
import { createDialog } from "./dialog.js";

/** Build the menu and the button that opens it.
 *
 * @param {[string, ...(HTMLElement | null)[]][]} rows what a row is about, and what stands in it; without any it is left out
 */
export function createMenu(rows) {
  const dialog = createDialog("View", "zv-menu", h("div", { class: "zv-menu-rows" },
    ...rows.flatMap(([label, ...nodes]) => (nodes.some((node) => node !== null)
      ? [h("span", { class: "zv-menu-name" }, label), h("span", { class: "zv-menu-what" }, ...nodes)] : []))));
  const opens = h("button", { type: "button", class: "zv-button zv-words zv-view", "aria-expanded": "false",
    "aria-haspopup": "dialog", title: "Stops, speed, other kernels, share, the look for a projector (v)",
    onclick: dialog.toggle }, "View", h("span", { "aria-hidden": "true" }, "\u25be"));
  return { dialog, opens };
}
