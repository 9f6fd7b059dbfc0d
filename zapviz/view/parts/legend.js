/* What the looks and signs of entries mean: the pieces that each view's legend is made of. */

/** @import { Cell, Child, Palette, Row, Trace } from "../types.js" */

import { inBlocks } from "../core/blocks.js";
import { h } from "../core/dom.js";
import { classLook } from "../core/looks.js";
import { chip } from "./panels.js";
import { wordsOf } from "./words.js";

/** @param {Element} sample @param {...Child} label */
const legendItem = (sample, ...label) => h("span", { class: "zv-legend-item" }, sample, h("span", {}, ...label));

/** The legend itself; its items come later. */
export const createLegend = () => h("div", { class: "zv-legend", "aria-label": "legend" });

/** The classes of entries among these kinds, in the palette's order.
 *
 * @param {Palette} palette
 * @param {Set<string>} kinds
 */
export function classItems(palette, kinds) {
  return Object.entries(palette.classes).filter(([kind]) => kinds.has(kind)).map(([kind, one]) =>
    legendItem(chip(classLook(palette, kind)).node, ...wordsOf(palette).mark(one.name)));
}

/** A sign that lies over entries, drawn by the style sheet. @param {string} kind @param {string} label */
export const signItem = (kind, label) => labelled(kind, label);

/** @param {string} kind @param {...Child} label */
const labelled = (kind, ...label) =>
  legendItem(h("span", { class: `zv-sign ${kind}`, "aria-hidden": "true" }), ...label);

/** A sign that is a picture of its own. @param {Element} picture @param {string} label */
export const pictureItem = (picture, label) => legendItem(picture, label);

/** The signs at the corners of entries, of the verdicts that there are.
 *
 * @param {Palette} palette
 * @param {Set<string | null>} verdicts
 */
export function verdictItems(palette, verdicts) {
  return Object.entries(palette.signs).filter(([verdict]) => verdicts.has(verdict)).map(([verdict, sign]) =>
    legendItem(h("span", { class: "zv-sign-verdict", "aria-hidden": "true" }, sign), verdict));
}

/** Of several processes, what the number at a corner of entries says. @param {Trace} trace */
export const sharedItems = (trace) => (inBlocks(trace)
  ? [legendItem(h("span", { class: "zv-tag-sample", "aria-hidden": "true" }, "3"), "same number: the same page")] : []);

/** Of these rows and cells: the end of a file, and what is written small in a cell.
 *
 * @param {Palette} palette
 * @param {Row[]} rows
 * @param {Cell[]} cells
 */
export function writtenItems(palette, rows, cells) {
  /** @param {string} sign @param {string} label */
  const small = (sign, label) => legendItem(h("code", {}, sign), ...wordsOf(palette).mark(label));
  const items = [];
  if (rows.some((row) => row.role === "file")) {
    items.push(labelled("zv-sign-edge", ...wordsOf(palette).mark("i_size: end of file")));
  }
  if (cells.some((cell) => cell.data !== null)) items.push(small("7", "the byte it holds"));
  if (cells.some((cell) => cell.kind === "swap")) items.push(small("#7", "its swap slot"));
  for (const flag of palette.corner) {
    if (cells.some((cell) => cell.flags.some((one) => one === flag))) items.push(small(...palette.flags[flag]));
  }
  return items;
}
