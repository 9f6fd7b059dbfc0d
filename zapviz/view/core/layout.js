/* Where the rows of a trace stand: pure arithmetic on their lengths and the width there is. */

/** @import { Row } from "../types.js" */
/** @import { BlockCounter } from "./blocks.js" */

import { groupsInBlocks } from "./blocks.js";

/** Rows that share columns: their indexes, how wide they are, what a column is and of which file; in
 * blocks the process that has them, null: all have them.
 *
 * @typedef {{key: string, rows: number[], unit: string, span: number, file: string | null,
 *   process: string | null}} Group
 */
/** A part of a group, one band of columns. @typedef {{first: number, end: number, top: number, rows: number[]}} Band */
/** `letters`: how many stand in a line before the cells.
 *
 * @typedef {{group: Group, x: number, y: number, w: number, h: number, head: number, label: number, letters: number,
 *   columns: number, parts: Band[]}} PlacedGroup */
/** The block of a process, and where in it each counter stands.
 *
 * @typedef {{process: number, x: number, y: number, w: number, h: number,
 *   counters: {counter: BlockCounter, x: number, y: number}[]}} PlacedBlock */
/** @typedef {{pitch: number, wrap: number, bands: number, groups: PlacedGroup[], blocks: PlacedBlock[], width: number,
 *   height: number, caption: number, over: number}} Layout */
/** What there is for the rows, in pixels: a width; a height, what goes over which is scrolled; from
 * cell to cell, at least and at most; how large the letters beside the cells are. Of several
 * processes their names, and what is counted in the block of each.
 *
 * @typedef {{width: number, room: number, least: number, most: number, caption: number, processes: string[],
 *   counters: BlockCounter[]}} Space
 */

/** A view that is not on a page yet. @type {Space} */
export const SPACE = { width: 720, room: 330, least: 20, most: 50, caption: 12, processes: [], counters: [] };
/** How large the letters beside the cells are. @param {boolean} presented whether it is the look for a projector */
export const captionOf = (presented) => (presented ? 15 : SPACE.caption);
export const LARGEST = 96; // pixels from cell to cell, where the rows are what is looked at
const LARGE_ENOUGH = 72;
const MUCH = 0.75; // how small cells may become beside the others, of the size that they could have
export const PAD = 10; // around a group
const BAND_GAP = 8;
const GROUP_GAP = 10;
const BLOCKS_ROOM = 440; // pixels that blocks that stand alone take, if they can
const BLOCK_LEAST = 36; // pixels from cell to cell, where they stand alone
const NARROW = 420; // pixels: a telephone held upright
const RICH = 36; // pixels from cell to cell, from which on cells tell what they hold
const BLOCK_LETTERS = 16; // of a caption in one line, where there are blocks
const BLOCK_TITLE = 13; // heights of a letter that the title of a block takes of a line
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
 * @param {string[]} processes several: each has groups of its own
 */
export function groupRows(rows, processes = []) {
  if (processes.length > 1) return groupsInBlocks(rows, processes);
  /** @type {Group[]} */
  const groups = [];
  for (const [r, row] of rows.entries()) {
    const last = groups[groups.length - 1];
    const key = row.role === "swap" ? "swap" : row.role === "file" ? row.id : row.file ?? "";
    const span = Math.max(1, row.column + row.pages);
    if (last && last.key === key && row.role !== "file") {
      last.rows.push(r);
      last.span = Math.max(last.span, span);
    } else {
      groups.push({ key, rows: [r], unit: row.role === "swap" ? "slot" : key ? "file page" : "page", span,
        file: row.role === "file" ? row.id : null, process: null });
    }
  }
  return groups;
}

/** How many letters of a caption stand in one line before a row's cells. @param {number} pitch */
export const captionLetters = (pitch) => (pitch >= TWO_LINES ? 15 : 27);

/** How many lines of captions a row has room for. @param {number} pitch @param {number} caption */
export const captionLines = (pitch, caption) => (pitch >= TWO_LINES + 3 * (caption - 12) ? 2 : 1);

/** @param {Group} group @param {number} pitch @param {Space} space */
function labelWidth(group, pitch, { width, caption, processes }) {
  if (group.key === "swap") return Math.ceil(caption * 3.8);
  if (processes.length > 1 && pitch >= RICH) return Math.ceil(10 + BLOCK_LETTERS * caption * .61);
  if (processes.length < 2 && pitch >= 34) return Math.ceil(10 + captionLetters(pitch) * caption * .57);
  return width < NARROW && processes.length < 2 ? 74 : Math.ceil(7.7 * caption);
}

/** The bands of a group, from a height on downwards, and where the last one ends; null: too wide.
 *
 * @param {Group} group
 * @param {Row[]} rows
 * @param {Space} space
 * @param {number} pitch
 * @param {number} wrap
 * @param {number} from
 */
function measure(group, rows, space, pitch, wrap, from) {
  const { width, caption, processes } = space;
  // Bands of like length, each beginning at a multiple of four.
  const count = Math.ceil(group.span / wrap);
  const columns = Math.min(group.span, wrap, 4 * Math.ceil(group.span / count / 4));
  const label = labelWidth(group, pitch, space);
  const letters = processes.length > 1 ? BLOCK_LETTERS : captionLetters(pitch);
  // In a block small cells are counted by those of the file above.
  const head = group.process === null ? headOf(caption, rows[group.rows[0]].role === "file")
    : pitch >= RICH ? headOf(caption, false) : 6;
  const w = label + columns * pitch + 2 * PAD;
  if (w > width && columns > 1) return null;
  /** @type {Band[]} */
  const parts = [];
  let top = from;
  for (let first = 0; first < group.span; first += columns) {
    const end = Math.min(group.span, first + columns);
    const inside = group.rows.filter(
      (r) => rows[r].column < end && rows[r].column + rows[r].pages > first);
    parts.push({ first, end, top, rows: inside });
    top += head + inside.length * pitch + BAND_GAP;
  }
  return { placed: { group, x: 0, y: 0, w, h: top - BAND_GAP + PAD - 2, head, label, letters, columns, parts }, end: top };
}

/** What stands together: a group that all have, or the block of a process.
 *
 * @typedef {{process: number | null, groups: Group[]}} Item
 */

/** @param {Group[]} groups @param {string[]} processes @returns {Item[]} */
function itemsOf(groups, processes) {
  const shared = groups.filter((group) => group.process === null).map((group) => ({ process: null, groups: [group] }));
  if (processes.length < 2) return shared;
  return [...shared, ...processes.map((process, k) =>
    ({ process: k, groups: groups.filter((group) => group.process === process) }))];
}

/** The block of a process: its title, its counters beside or below that, its groups; null: too wide.
 *
 * @param {Item & {process: number}} item
 * @param {Row[]} rows
 * @param {Space} space
 * @param {number} pitch
 * @param {number} wrap
 */
function measureBlock({ process, groups }, rows, space, pitch, wrap) {
  const { width, caption } = space;
  const title = caption + 13;
  const line = caption + 5;
  const least = Math.min(width, BLOCK_TITLE * caption + 2 * PAD);
  const wide = groups.map((group) => measure(group, rows, space, pitch, wrap, 0));
  const w = Math.max(least, ...wide.map((one) => one?.placed.w ?? Infinity));
  if (w === Infinity) return null;
  /** @type {PlacedBlock["counters"]} */
  const counters = [];
  const right = w - PAD;
  const all = space.counters.reduce((sum, { room }) => sum + room * caption, 0);
  const beside = BLOCK_TITLE * caption + PAD + all <= right;
  let x = beside ? right - all : PAD;
  let y = beside ? 0 : title - 4;
  for (const counter of space.counters) {
    if (x > PAD && x + counter.room * caption > right + 4) {
      x = PAD;
      y += line;
    }
    counters.push({ counter, x, y });
    x += counter.room * caption;
  }
  let top = beside || !counters.length ? title - 2 : y + line;
  const placed = [];
  for (const group of groups) {
    const one = measure(group, rows, space, pitch, wrap, top);
    if (!one) return null;
    placed.push(one.placed);
    top = one.end;
  }
  return { placed, block: { process, x: 0, y: 0, w, h: top - (groups.length ? 1 : -4), counters } };
}

/** Place the groups for one cell pitch and one wrap; the height tells if it will do. Null: too wide.
 *
 * @param {Group[]} groups
 * @param {Row[]} rows
 * @param {Space} space
 * @param {number} pitch
 * @param {number} wrap
 * @param {boolean} apart whether the blocks begin below what all have
 * @returns {Layout | null}
 */
function place(groups, rows, space, pitch, wrap, apart) {
  const { width, room, caption, processes } = space;
  /** @type {PlacedGroup[]} */
  const placed = [];
  /** @type {PlacedBlock[]} */
  const blocks = [];
  let x = 0;
  let y = 0;
  let shelf = 0;
  for (const { process, groups: [first, ...more] } of itemsOf(groups, processes)) {
    const one = process === null ? measure(first, rows, space, pitch, wrap, PAD - 4)
      : measureBlock({ process, groups: first ? [first, ...more] : [] }, rows, space, pitch, wrap);
    if (!one) return null;
    const { w, h } = "block" in one ? one.block : one.placed;
    if (x > 0 && (x + w > width || (apart && process === 0))) {
      x = 0;
      y += shelf + GROUP_GAP;
      shelf = 0;
    }
    if ("block" in one) blocks.push({ ...one.block, x, y });
    for (const group of [one.placed].flat()) placed.push({ ...group, x, y });
    x += w + GROUP_GAP;
    shelf = Math.max(shelf, h);
  }
  const height = y + shelf;
  const bands = placed.reduce((sum, { parts }) => sum + parts.length, 0);
  return { pitch, wrap, bands, groups: placed, blocks, width, height, caption, over: Math.max(0, height - room) };
}

/** Choose the cell size and the wrap: all in sight if it can be, else scrolled.
 *
 * @param {Row[]} rows
 * @param {Partial<Space>} given what is not as in SPACE
 * @returns {Layout}
 */
export function layOut(rows, given = {}) {
  const space = { ...SPACE, ...given };
  const groups = groupRows(rows, space.processes);
  const span = Math.max(1, ...groups.map((group) => group.span));
  const ways = space.processes.length > 1 ? [true, false] : [false];
  /** @type {Layout | null} */
  let best = null;
  for (const wrap of [64, 32, 16, 8, 4]) {
    if (best && wrap < span && best.wrap >= span) break;
    for (let pitch = space.most; pitch >= space.least; pitch -= 2) {
      const layouts = ways.flatMap((apart) => place(groups, rows, space, pitch, wrap, apart) ?? []);
      const layout = layouts.find(({ over }) => over === Math.min(...layouts.map((one) => one.over)));
      if (!layout) continue;
      if (!best || layout.over < best.over) best = layout;
      if (layout.over === 0) break;
    }
    if (best?.over === 0) break;
  }
  return best ?? /** @type {Layout} */ (place(groups, rows, { ...space, width: Infinity }, space.least, 4, false));
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
 * @param {string[]} [processes]
 * @returns {Partial<Space>}
 */
export function spaceAlone(rows, width, most, processes = []) {
  if (processes.length > 1) {
    const one = { width, most, least: BLOCK_LEAST, room: BLOCKS_ROOM, processes };
    const least = width < NARROW ? 28 : BLOCK_LEAST; // a telephone's: two blocks beside each other
    return layOut(rows, one).over === 0 ? one : { width, most: least, least, room: Infinity };
  }
  const groups = groupRows(rows).filter((group) => group.key !== "swap");
  const heads = groups.reduce((sum, { rows: [first] }) =>
    sum + 2 * PAD + GROUP_GAP + headOf(SPACE.caption, rows[first].role === "file"), 0);
  const beside = { width, most, room: heads + most * rows.filter((row) => row.role !== "swap").length };
  const below = { width, most, room: Infinity };
  const one = layOut(rows, beside);
  return one.over === 0 && one.pitch >= MUCH * layOut(rows, below).pitch ? beside : below;
}
