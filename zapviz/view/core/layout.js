/* Where the rows of a trace stand: pure arithmetic on their lengths and the width there is. */

/** @import { Row } from "../types.js" */

/** Rows that share columns: their indexes, how wide they are, and what a column is.
 *
 * @typedef {{key: string, rows: number[], unit: string, span: number}} Group
 */
/** A part of a group, one band of columns. @typedef {{first: number, end: number, top: number, rows: number[]}} Band */
/** @typedef {{group: Group, x: number, y: number, w: number, h: number, head: number, label: number,
 *   columns: number, parts: Band[]}} PlacedGroup */
/** @typedef {{pitch: number, wrap: number, bands: number, groups: PlacedGroup[], width: number,
 *   height: number}} Layout */

export const WIDTH = 720; // of a view, until it is known
export const PAD = 10; // around a group
export const HEAD = 34; // above a file's band: i_size, then the page numbers
const LOW_HEAD = 20; // above other bands: the page numbers
const BAND_GAP = 8;
const GROUP_GAP = 10;
const NARROW = 420; // pixels: a telephone held upright
const ROOM = 330; // what a projector has for the rows; more is scrolled

/** Put the rows into groups that share columns: a file and its mappings, anonymous
 *  memory, the swap slots.
 *
 * @param {Row[]} rows
 */
export function groupRows(rows) {
  /** @type {Group[]} */
  const groups = [];
  for (const [r, row] of rows.entries()) {
    const last = groups[groups.length - 1];
    const key = row.role === "swap" ? "swap" : row.role === "file" ? row.id : row.file ?? "";
    const span = Math.max(1, row.column + row.pages);
    if (last && last.key === key && row.role !== "file") {
      last.rows.push(r);
      last.span = Math.max(last.span, span);
    } else groups.push({ key, rows: [r], unit: row.role === "swap" ? "slot" : key ? "file page" : "page", span });
  }
  return groups;
}

/** @param {Group} group @param {number} pitch @param {number} width */
function labelWidth(group, pitch, width) {
  if (group.key === "swap") return 46;
  if (pitch >= 34) return 160;
  return width < NARROW ? 74 : 92;
}

/** Place the groups for one cell pitch and one wrap; the height tells if it will do. Null: too wide.
 *
 * @param {Group[]} groups
 * @param {Row[]} rows
 * @param {number} width
 * @param {number} pitch
 * @param {number} wrap
 * @returns {Layout | null}
 */
function place(groups, rows, width, pitch, wrap) {
  /** @type {PlacedGroup[]} */
  const placed = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  let bands = 0;
  for (const group of groups) {
    // Bands of like length, each beginning at a multiple of four.
    const count = Math.ceil(group.span / wrap);
    const columns = Math.min(group.span, wrap, 4 * Math.ceil(group.span / count / 4));
    const label = labelWidth(group, pitch, width);
    const head = rows[group.rows[0]].role === "file" ? HEAD : LOW_HEAD;
    const w = label + columns * pitch + 2 * PAD;
    if (w > width && columns > 1) return null;
    /** @type {Band[]} */
    const parts = [];
    let top = PAD - 4;
    for (let first = 0; first < group.span; first += columns) {
      const end = Math.min(group.span, first + columns);
      const inside = group.rows.filter(
        (r) => rows[r].column < end && rows[r].column + rows[r].pages > first);
      parts.push({ first, end, top, rows: inside });
      top += head + inside.length * pitch + BAND_GAP;
      bands += 1;
    }
    const height = top - BAND_GAP + PAD - 2;
    if (x > 0 && x + w > width) {
      x = 0;
      y += shelf + GROUP_GAP;
      shelf = 0;
    }
    placed.push({ group, x, y, w, h: height, head, label, columns, parts });
    x += w + GROUP_GAP;
    shelf = Math.max(shelf, height);
  }
  return { pitch, wrap, bands, groups: placed, width, height: y + shelf };
}

/** Choose the cell size and the wrap: all on one screen if it can be, else scrolled.
 *
 * @param {Row[]} rows
 * @param {number} width
 * @param {number} least the smallest pitch, in pixels
 * @returns {Layout}
 */
export function layOut(rows, width, least = 20) {
  const groups = groupRows(rows);
  const span = Math.max(1, ...groups.map((group) => group.span));
  /** @type {Layout | null} */
  let best = null;
  let bestOver = Infinity; // how much of the best must be scrolled
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = 50; pitch >= least; pitch -= 2) {
      const layout = place(groups, rows, width, pitch, wrap);
      if (!layout) continue;
      const over = Math.max(0, layout.height - ROOM);
      if (over < bestOver) [best, bestOver] = [layout, over];
      if (over === 0) break;
    }
    if (bestOver === 0) break;
  }
  return best ?? /** @type {Layout} */ (place(groups, rows, Infinity, least, 4));
}
