/* Lines between the cells that hold the same folio or slot, and an outline around each of them. */

import { s } from "../core/dom.js";
import { tiePath } from "../core/ties.js";

/** @param {number} size of a cell @param {boolean} lined whether lines go from cell to cell */
export function createTies(size, lined) {
  const outlines = ["zv-tie-halo", "zv-tie"].map((kind) => s("path", { class: kind }));
  const lines = s("path", { class: "zv-tie-line" }); // pale: it passes over letters
  const node = s("g", {}, lines, ...outlines);
  const box = `m-1.5 -1.5h${size + 3}v${size + 3}h${-size - 3}z`;
  let shown = "";

  return {
    node,
    /** Tie a cell to others; none takes the lines away.
     *
     * @param {{x: number, y: number} | null} cell
     * @param {{x: number, y: number}[]} others
     */
    show(cell, others) {
      const tied = cell && others.length ? [cell, ...others] : [];
      const d = tied.map(({ x, y }) => `M${x} ${y}${box}`).join("");
      const between = cell && lined ? others.map((other) => tiePath(cell, other, size)).join("") : "";
      if (d + between === shown) return;
      shown = d + between;
      for (const outline of outlines) outline.setAttribute("d", d);
      lines.setAttribute("d", between);
    },
  };
}
