/* What the looks and signs of entries mean: the pieces that each view's legend is made of. */

import { h } from "../core/dom.js";
import { BADGES, CORNER_FLAGS } from "./grid.js";
import { chip, classLook } from "./panels.js";

const legendItem = (sample, label, title = null) =>
  h("span", { class: "zv-legend-item", title }, sample, label);

/** The classes of entries among these kinds, in the palette's order. */
export function classItems(palette, kinds) {
  return Object.entries(palette.classes).filter(([kind]) => kinds.has(kind)).map(([kind, one]) => {
    const sample = chip();
    sample.show(classLook(palette, kind));
    return legendItem(sample.node, one.name, one.meaning);
  });
}

/** A sign that lies over entries, drawn by the style sheet. */
export const signItem = (kind, label) =>
  legendItem(h("span", { class: `zv-sign ${kind}`, "aria-hidden": "true" }), label);

/** A sign that is a picture of its own. */
export const pictureItem = (picture, label) => legendItem(picture, label);

/** The signs at the corners of entries, of the verdicts that there are. */
export function verdictItems(verdicts) {
  return Object.entries(BADGES).filter(([verdict]) => verdicts.has(verdict)).map(([verdict, sign]) =>
    legendItem(h("span", { class: "zv-sign-verdict", "aria-hidden": "true" }, sign), verdict));
}

/** Of these rows and cells: the end of a file, and what is written small in a cell. */
export function writtenItems(palette, rows, cells) {
  const small = (sign, label) => legendItem(h("code", {}, sign), label);
  const items = [];
  if (rows.some((row) => row.role === "file")) items.push(signItem("zv-sign-edge", "i_size: end of file"));
  if (cells.some((cell) => cell.data !== null)) items.push(small("7", "the byte it holds"));
  if (cells.some((cell) => cell.kind === "swap")) items.push(small("#7", "its swap slot"));
  for (const flag of CORNER_FLAGS) {
    if (cells.some((cell) => cell.flags.includes(flag))) items.push(small(...palette.flags[flag]));
  }
  return items;
}
