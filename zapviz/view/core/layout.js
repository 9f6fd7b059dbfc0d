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
 *   height: number, caption: number, over: number}} Layout */
/** What there is for the rows, in pixels: a width; a height, what goes over which is scrolled; from
 * cell to cell, at least and at most; how large the letters beside the cells are.
 *
 * @typedef {{width: number, room: number, least: number, most: number, caption: number}} Space
 */

/** A view that is not on a page yet. @type {Space} */
export const SPACE = { width: 720, room: 330, least: 20, most: 50, caption: 12 };
/** How large the letters beside the cells are. @param {boolean} presented whether it is the look for a projector */
export const captionOf = (presented) => (presented ? 15 : SPACE.caption);
export const LARGEST = 96; // pixels from cell to cell, where the rows are what is looked at
const LARGE_ENOUGH = 72;
const MUCH = 0.75; // how small cells may become beside the others, of the size that they could have
export const PAD = 10; // around a group
const BAND_GAP = 8;
const GROUP_GAP = 10;
const NARROW = 420; // pixels: a telephone held upright
const TWO_LINES = 48; // pixels from cell to cell that have room for a row's name and two lines below it

/** How much room there is above a band: of a file for i_size and the page numbers.
 *
 * @param {number} caption
 * @param {boolean} file
 */
export const headOf = (caption, file) => (file ? 2 * caption + 10 : caption + 8);

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

/** How many letters of a caption stand in one line before a row's cells. @param {number} pitch */
export const captionLetters = (pitch) => (pitch >= TWO_LINES ? 15 : 27);

/** How many lines of captions a row has room for. @param {number} pitch @param {number} caption */
export const captionLines = (pitch, caption) => (pitch >= TWO_LINES + 3 * (caption - 12) ? 2 : 1);

/** @param {Group} group @param {number} pitch @param {Space} space */
function labelWidth(group, pitch, { width, caption }) {
  if (group.key === "swap") return Math.ceil(caption * 3.8);
  if (pitch >= 34) return Math.ceil(10 + captionLetters(pitch) * caption * .57);
  return width < NARROW ? 74 : Math.ceil(7.7 * caption);
}

/** Place the groups for one cell pitch and one wrap; the height tells if it will do. Null: too wide.
 *
 * @param {Group[]} groups
 * @param {Row[]} rows
 * @param {Space} space
 * @param {number} pitch
 * @param {number} wrap
 * @returns {Layout | null}
 */
function place(groups, rows, space, pitch, wrap) {
  const { width, room, caption } = space;
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
    const label = labelWidth(group, pitch, space);
    const head = headOf(caption, rows[group.rows[0]].role === "file");
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
  const height = y + shelf;
  return { pitch, wrap, bands, groups: placed, width, height, caption, over: Math.max(0, height - room) };
}

/** Choose the cell size and the wrap: all in sight if it can be, else scrolled.
 *
 * @param {Row[]} rows
 * @param {Partial<Space>} given what is not as in SPACE
 * @returns {Layout}
 */
export function layOut(rows, given = {}) {
  const space = { ...SPACE, ...given };
  const groups = groupRows(rows);
  const span = Math.max(1, ...groups.map((group) => group.span));
  /** @type {Layout | null} */
  let best = null;
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = space.most; pitch >= space.least; pitch -= 2) {
      const layout = place(groups, rows, space, pitch, wrap);
      if (!layout) continue;
      if (!best || layout.over < best.over) best = layout;
      if (layout.over === 0) break;
    }
    if (best?.over === 0) break;
  }
  return best ?? /** @type {Layout} */ (place(groups, rows, { ...space, width: Infinity }, space.least, 4));
}

/** Whether the rows stand well beside a text, in the space left there, or want the whole width.
 *
 * @param {Row[]} rows
 * @param {Partial<Space>} beside
 * @param {Partial<Space>} under
 */
export function standBeside(rows, beside, under) {
  const narrow = layOut(rows, beside);
  if (narrow.over === 0 && narrow.pitch >= LARGE_ENOUGH) return true;
  const wide = layOut(rows, under);
  return narrow.over <= wide.over && narrow.pitch >= wide.pitch;
}

/** The space for rows that stand alone, as large as the width allows: the swap slots beside them, where that does not
 * make the cells much smaller, else below.
 *
 * @param {Row[]} rows
 * @param {number} width
 * @param {number} most pixels from cell to cell
 * @returns {Partial<Space>}
 */
export function spaceAlone(rows, width, most) {
  const groups = groupRows(rows).filter((group) => group.key !== "swap");
  const heads = groups.reduce((sum, { rows: [first] }) =>
    sum + 2 * PAD + GROUP_GAP + headOf(SPACE.caption, rows[first].role === "file"), 0);
  const beside = { width, most, room: heads + most * rows.filter((row) => row.role !== "swap").length };
  const below = { width, most, room: Infinity };
  const one = layOut(rows, beside);
  return one.over === 0 && one.pitch >= MUCH * layOut(rows, below).pitch ? beside : below;
}
