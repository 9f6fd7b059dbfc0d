/* Panels over a view that are opened and closed: keys, results, what can be taken away.
 *
 * They stand in the browser's top layer, where they are in sight however long the view is, how
 * far the page is scrolled and whatever lies around.
 */

/** @import { Child, Dialog } from "../types.js" */

import { focusIn, h, heading } from "../core/dom.js";

const UNDER = 40; // pixels from the view's upper edge, where no row of buttons is in sight
/** @type {WeakMap<Element, () => void>} */
const opened = new WeakMap(); // by view: what closes its open panel; there is one at a time

/** A list of keys, [key, what it does] each, as a panel shows it. @param {[string, string][]} keys */
export const keyList = (keys) =>
  h("dl", {}, ...keys.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)]));

/** Build a closed panel; closing it gives the focus back to whatever had it, and is an event of its node, `close`.
 *
 * @param {string} label
 * @param {string} kind
 * @param {...Child} content
 * @returns {Dialog}
 */
export function createDialog(label, kind, ...content) {
  /** @type {HTMLElement | SVGElement | null} */
  let opener = null;
  const closes = h("button", { type: "button", class: "zv-link", onclick: () => close() }, "close");
  const node = h("div", { class: `zv-help ${kind}`, role: "dialog", "aria-label": label, tabindex: -1,
    popover: "manual", hidden: true, onkeydown: onKey },
  heading({}, `${label} `, closes), ...content);
  const viewOf = () => /** @type {HTMLElement} */ (node.parentNode);

  /** Put it over what is seen of the view. */
  function place() {
    if (!node.isConnected) return;
    const view = viewOf().getBoundingClientRect();
    const { clientWidth } = document.documentElement;
    const row = viewOf().querySelector(".zv-tools")?.getBoundingClientRect();
    const under = row && row.bottom > 0 && row.bottom < window.innerHeight * 0.4 ? row.bottom + 4
      : Math.min(view.top + UNDER, window.innerHeight * 0.15);
    const edges = {
      top: Math.max(8, under),
      left: Math.max(0, view.left) + 8,
      right: Math.max(0, clientWidth - view.right) + 8,
    };
    for (const [edge, at] of Object.entries(edges)) node.style.setProperty(`--zv-at-${edge}`, `${Math.round(at)}px`);
  }

  /** @param {boolean} on */
  const spread = (on) => {
    if (opener?.matches("button")) opener.setAttribute("aria-expanded", String(on));
  };

  function open() {
    if (!node.hidden) return;
    const view = viewOf();
    opened.get(view)?.();
    opened.set(view, close);
    opener = focusIn(view) ?? view;
    node.hidden = false;
    node.showPopover?.();
    place();
    window.addEventListener("resize", place);
    node.focus({ preventScroll: true });
    spread(true);
  }

  function close() {
    if (node.hidden) return;
    const view = viewOf();
    opened.delete(view);
    window.removeEventListener("resize", place);
    node.hidePopover?.();
    node.hidden = true;
    spread(false);
    node.dispatchEvent(new Event("close"));
    (opener?.isConnected ? opener : view).focus({ preventScroll: true });
  }

  /** The keys that move and press are the panel's while it has the focus, not the view's.
   *
   * @param {KeyboardEvent} event
   */
  function onKey(event) {
    if (event.key === "Escape") close();
    else if (event.key.length === 1 && event.key !== " ") return;
    event.stopPropagation();
  }

  return { node, open, close, get isOpen() { return !node.hidden; },
    toggle: () => (node.hidden ? open() : close()) };
}
