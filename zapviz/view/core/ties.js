/* Which cells hold the same: an entry and its page, all that map one folio, an entry and its slot. */

/** @import { TraceData } from "./trace.js" */

import { cellName } from "./places.js";

/** What a cell holds: a folio, a swap slot, or neither.
 *
 * @param {TraceData} data
 * @param {number} id
 * @param {number} cell
 */
export function heldBy(data, id, cell) {
  const { kind, folio, slot } = data.trace.cells[cell];
  const r = data.owner[id];
  if (data.rows[r].role !== "swap") return { folio, slot };
  return { folio: null, slot: kind === "free" ? null : id - data.offsets[r] };
}

/** The other cells that hold the same folio or the same slot as one does.
 *
 * @param {TraceData} data
 * @param {ArrayLike<number>} state
 * @param {number} id
 */
export function tiedTo(data, state, id) {
  const { folio, slot } = heldBy(data, id, state[id]);
  /** @type {number[]} */
  const tied = [];
  if (folio === null && slot === null) return tied;
  for (let other = 0; other < data.total; other++) {
    if (other === id) continue;
    const held = heldBy(data, other, state[other]);
    if ((folio !== null && held.folio === folio) || (slot !== null && held.slot === slot)) tied.push(other);
  }
  return tied;
}

/** @typedef {{sign: string, words: string}} Shared */

const MOST_NAMED = 8; // cells that hold the same are named, of more their number is said

/** Of each cell that shares what it holds with others: the number of the page or slot, and the words for it.
 *
 * A slot is shared if two entries have it; where it lies among the slots, it is told whose it is.
 *
 * @param {TraceData} data
 * @param {ArrayLike<number>} state
 * @returns {Map<number, Shared>}
 */
export function sharedIn(data, state) {
  /** @type {Map<string, number[]>} */
  const holders = new Map(); // by folio, and by slot
  for (let id = 0; id < data.total; id++) {
    const { folio, slot } = heldBy(data, id, state[id]);
    for (const [sign, n] of /** @type {[string, number | null][]} */ ([["", folio], ["#", slot]])) {
      if (n === null) continue;
      const same = holders.get(`${sign}${n}`);
      if (same) same.push(id);
      else holders.set(`${sign}${n}`, [id]);
    }
  }
  /** @type {Map<number, Shared>} */
  const shared = new Map();
  for (const [sign, ids] of holders) {
    const entries = ids.filter((id) => data.rows[data.owner[id]].role !== "swap");
    if (entries.length < 2) continue;
    for (const id of ids) {
      const others = named(data, entries.filter((other) => other !== id));
      const words = !entries.includes(id) ? `Of ${others}` : `The same ${sign.startsWith("#") ? "swap slot" : "page"} as ${others}`;
      const before = shared.get(id);
      shared.set(id, before ? { ...before, words: `${before.words}. ${words}` } : { sign, words });
    }
  }
  return shared;
}

/** The names of cells, as far as they are not too many. @param {TraceData} data @param {number[]} ids */
function named(data, ids) {
  const names = ids.slice(0, MOST_NAMED).map((id) => cellName(data, id));
  if (ids.length > MOST_NAMED) names.push(`${ids.length - MOST_NAMED} more`);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** A line from one cell to another: beside those of one column, else between the sides that face.
 *
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 * @param {number} size of a cell
 */
export function tiePath(from, to, size) {
  const half = size / 2;
  const [y, end] = [from.y + half, to.y + half];
  if (Math.abs(from.x - to.x) < size) {
    const [x, stop] = [from.x + size, to.x + size];
    const out = Math.max(x, stop) + Math.min(14, half);
    return `M${x} ${y}C${out} ${y} ${out} ${end} ${stop} ${end}`;
  }
  const right = to.x > from.x;
  const [x, stop] = [from.x + (right ? size : 0), to.x + (right ? 0 : size)];
  const middle = (x + stop) / 2;
  return `M${x} ${y}C${middle} ${y} ${middle} ${end} ${stop} ${end}`;
}
