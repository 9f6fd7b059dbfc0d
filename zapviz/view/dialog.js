/* Panels over the player that are opened and closed: keys, results, what can be taken away. */

import { h } from "./dom.js";

/** Build a closed panel; closing it gives the focus back to whatever had it. */
export function createDialog(label, kind, ...content) {
  let opener = null;
  const close_ = h("button", { type: "button", class: "zv-link", onclick: () => close() }, "close");
  const node = h("div", { class: `zv-help ${kind}`, role: "dialog", "aria-label": label, tabindex: -1,
    hidden: true }, h("h4", {}, `${label} `, close_), ...content);

  function open() {
    if (!node.hidden) return;
    opener = node.getRootNode().activeElement;
    node.hidden = false;
    node.focus({ preventScroll: true });
    opener?.setAttribute("aria-expanded", "true");
  }

  function close() {
    if (node.hidden) return;
    node.hidden = true;
    opener?.setAttribute("aria-expanded", "false");
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  }

  return { node, open, close, get isOpen() { return !node.hidden; },
    toggle: () => (node.hidden ? open() : close()) };
}
