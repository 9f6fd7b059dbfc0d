/* Which cells hold the same: an entry and its page, all that map one folio, an entry and its slot. */

/** @import { TraceData } from "./trace.js" */

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
