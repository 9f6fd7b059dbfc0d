/* The pinned entry: what it holds, and each step that touched it. */

/** @import { Look } from "../types.js" */
/** @import { TraceData } from "../core/trace.js" */

import { h, heading, say } from "../core/dom.js";
import { cellName, cellOfStep } from "../core/places.js";
import { clip } from "../core/text.js";

const HINT = "Click an entry to pin it here: what it holds, and each step that touched it.";

/** Build the panel.
 *
 * @param {{move: (n: number) => void, unpin: () => void}} host
 */
export function createPinned(host) {
  const name = h("span", { class: "zv-entry-name" });
  const now = h("div", { class: "zv-entry-now" });
  const list = h("ol", { class: "zv-history" });
  const unpin = h("button", { type: "button", class: "zv-link", onclick: host.unpin }, "unpin");
  const node = h("div", { class: "zv-box-panel zv-entry", role: "group", "aria-label": "pinned entry" },
    heading({}, "Entry ", name, unpin), now, list);
  /** @type {{item: HTMLElement, state: number}[]} */
  let items = [];

  /** A step that touched it. @param {TraceData} data @param {number} id @param {number} n */
  function touch(data, id, n) {
    const step = data.trace.steps[n - 1];
    const what = clip(step.title, 90);
    const said = cellOfStep(data, step) !== id ? `along with ${what}`
      : step.verdict ? `${what} (${step.verdict})` : what;
    return h("li", { "data-state": n },
      h("button", { type: "button", class: "zv-jump", tabindex: -1, onclick: () => host.move(n),
        title: `go to state ${n}` },
      h("span", { class: "zv-jump-n" }, String(n)), h("span", {}, said)));
  }

  /** Say what it holds at a state, and mark the step that brought it there.
   *
   * @param {Look | null} look
   * @param {number} at
   */
  function showNow(look, at) {
    say(now, look ? `${look.name}: ${look.text}` : "");
    const current = items.filter(({ state }) => state <= at).pop()?.item ?? null;
    for (const { item } of items) item.classList.toggle("zv-current", item === current);
    if (!current) return;
    requestAnimationFrame(() => {
      const top = current.offsetTop - list.offsetTop;
      if (top < list.scrollTop || top + 20 > list.scrollTop + list.clientHeight) {
        list.scrollTop = top - list.clientHeight / 2;
      }
    });
  }

  return {
    node,
    showNow,
    /** Show an entry; null is none.
     *
     * @param {TraceData} data
     * @param {number | null} id
     */
    show(data, id) {
      unpin.hidden = id === null;
      say(name, id === null ? "" : cellName(data, id));
      if (id === null) say(now, HINT);
      items = id === null ? [] : (data.history.get(id) ?? []).map((n) =>
        ({ item: touch(data, id, n), state: n }));
      list.replaceChildren(...items.map(({ item }) => item));
      if (id !== null && !items.length) list.append(h("li", {}, "No step touches it."));
    },
  };
}
