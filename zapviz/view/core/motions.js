/* What moves between two states: a page that is copied or mapped, swapped out or in, or goes. */

/** @import { TraceData } from "./trace.js" */

import { heldBy } from "./ties.js";

/** What looks like a cell of the trace goes from one place to another. To null: it goes away; to
 * where it is: another folio takes its place.
 *
 * @typedef {{from: number, to: number | null, cell: number}} Motion
 */

const MOST = 32; // more at once are not followed by an eye
const EMPTY = new Set(["none", "unmapped", "free"]);

/** What moves in the steps from one state to a later one, as a person would tell it.
 *
 * @param {TraceData} data
 * @param {ArrayLike<number>} state that after the steps
 * @param {number} start
 * @param {number} at
 */
export function motionsOf(data, state, start, at) {
  /** @type {Map<number, number>} */
  const before = new Map(); // by id of a cell that changes: what it was
  for (let n = start; n < at; n++) {
    const change = data.changes[n];
    for (let k = 0; k < change.length; k += 3) if (!before.has(change[k])) before.set(change[k], change[k + 1]);
  }
  /** @type {Motion[]} */
  const motions = [];
  for (const [id, was] of before) {
    const motion = motionOf(data, state, before, id, was);
    if (motion) motions.push(motion);
    if (motions.length === MOST) break;
  }
  return motions;
}

/** How one cell came to hold what it holds, or what went from it.
 *
 * @param {TraceData} data
 * @param {ArrayLike<number>} state
 * @param {Map<number, number>} before
 * @param {number} id
 * @param {number} was
 * @returns {Motion | null}
 */
function motionOf(data, state, before, id, was) {
  const is = state[id];
  const { cells } = data.trace;
  const row = data.rows[data.owner[id]];
  if (is === was || row.role === "swap") return null;
  const [had, has] = [heldBy(data, id, was), heldBy(data, id, is)];
  /** @param {number} n */
  const past = (n) => before.get(n) ?? state[n];
  /** @param {number} slot */
  const slotCell = (slot) => find(data, (n) => data.rows[data.owner[n]].role === "swap" &&
    n - data.offsets[data.owner[n]] === slot);
  /** @param {number} folio @param {(n: number) => number} look */
  const page = (folio, look) => find(data, (n) => n !== id && data.rows[data.owner[n]].role === "file" &&
    heldBy(data, n, look(n)).folio === folio);
  /** @param {number | null} from */
  const comes = (from) => (from === null ? null : { from, to: id, cell: is });

  if (has.slot !== null && had.slot === null) {
    const to = slotCell(has.slot);
    return to === null ? null : { from: id, to, cell: was };
  }
  if (has.folio !== null && has.folio !== had.folio) {
    if (had.slot !== null) return comes(slotCell(had.slot));
    if (cells[was].kind !== "migration" && cells[is].kind === "file") {
      return row.role === "file" ? null : comes(page(has.folio, (n) => state[n]));
    }
    if (cells[was].kind === "migration") return { from: id, to: id, cell: was };
    if (had.folio !== null) return comes(page(had.folio, past));
    const below = under(data, id);
    return comes(below !== null && heldBy(data, below, past(below)).folio !== null ? below : null);
  }
  const goes = EMPTY.has(cells[is].kind) && !EMPTY.has(cells[was].kind);
  return goes ? { from: id, to: null, cell: was } : null;
}

/** The cell of the page cache that an entry of a mapping is above. @param {TraceData} data @param {number} id */
function under(data, id) {
  const r = data.owner[id];
  const { file, column } = data.rows[r];
  if (file === null) return null;
  return find(data, (n) => {
    const one = data.rows[data.owner[n]];
    return one.role === "file" && one.id === file &&
      one.column + n - data.offsets[data.owner[n]] === column + id - data.offsets[r];
  });
}

/** The first cell for which something holds. @param {TraceData} data @param {(n: number) => boolean} holds */
function find(data, holds) {
  for (let n = 0; n < data.total; n++) if (holds(n)) return n;
  return null;
}
