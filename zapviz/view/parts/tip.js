/* Words beside the entry that is pointed at, or that has the focus. */

/** @import { Look, Palette } from "../types.js" */
/** @import { TraceData } from "../core/trace.js" */
/** @import { Grid } from "./grid.js" */

import { h, targetOf } from "../core/dom.js";
import { cellName } from "../core/places.js";
import { wordsOf } from "./words.js";

const NEAR = 180; // pixels: rows that end so near are not covered

/** What is said of an entry, and of its kind.
 *
 * @param {Palette} palette
 * @param {TraceData} data
 * @param {number} id
 * @param {Look} look
 * @param {number} at
 */
function tipLines(palette, data, id, look, at) {
  const r = data.owner[id];
  const row = data.rows[r];
  const touched = (data.history.get(id) ?? []).filter((n) => n <= at).pop();
  return [
    look.text,
    wordsOf(palette).term(look.name)?.plain ?? "",
    row.role !== "swap" && row.file ? `File page ${row.column + id - data.offsets[r]} of ${row.file}.` : "",
    touched ? `Step ${touched}: ${data.trace.steps[touched - 1].title}` : "",
  ].filter(Boolean);
}

/** Build it, and have it follow the pointer and the focus in a grid.
 *
 * @param {Palette} palette
 * @param {HTMLElement} root of the view that it stands in
 * @param {Grid} grid
 * @param {(id: number) => {data: TraceData, look: Look, at: number}} told what is shown of an entry
 */
export function createTip(palette, root, grid, told) {
  const node = h("div", { class: "zv-tip", role: "tooltip", hidden: true });

  /** @param {number} id */
  function show(id) {
    const { data, look, at } = told(id);
    node.replaceChildren(
      h("div", { class: "zv-tip-head" }, h("b", {}, cellName(data, id)), ` ${look.name}`),
      ...tipLines(palette, data, id, look, at).map((line) => h("div", {}, line)));
    node.hidden = false;
    const { g } = grid.nodes()[id];
    const base = root.getBoundingClientRect();
    const box = g.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = node;
    const x = Math.max(4, Math.min(box.left - base.left, base.width - offsetWidth - 4));
    // Under the rows if they end nearby, so that none of them is covered.
    const group = g.closest("[role=rowgroup]")?.getBoundingClientRect() ?? box;
    const bottom = group.bottom - box.bottom < NEAR ? group.bottom : box.bottom;
    const below = bottom - base.top + 6;
    const y = below + offsetHeight > base.height ? Math.max(4, box.top - base.top - offsetHeight - 8) : below;
    node.style.transform = `translate(${Math.round(x)}px,${Math.round(y)}px)`;
  }

  const hide = () => { node.hidden = true; };
  grid.svg.addEventListener("pointerover", (event) => {
    const id = grid.cellOf(event);
    // A finger covers what it points at, and pins it when it lifts: no words beside it meanwhile.
    if (id === null || event.pointerType === "touch") hide();
    else show(id);
  });
  grid.svg.addEventListener("pointerleave", hide);
  grid.svg.addEventListener("focusin", (event) => {
    const id = grid.cellOf(event);
    if (id !== null && targetOf(event).matches(":focus-visible")) show(id);
  });
  grid.svg.addEventListener("focusout", hide);

  return { node, hide, get isShown() { return !node.hidden; } };
}
