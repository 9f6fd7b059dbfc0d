/* Entries by number and by name: a cell's id counts through all rows of a trace. */

/** @import { Place, Step } from "../types.js" */
/** @import { TraceData } from "./trace.js" */

/** The cell at a row and an index. @param {TraceData} data @param {[number, number]} at */
export const idAt = (data, at) => data.offsets[at[0]] + at[1];

/** The cell that a step decides or changes. @param {TraceData} data @param {Step | null} step */
export const cellOfStep = (data, step) => (step?.at ? idAt(data, step.at) : null);

/** How a cell is called. @param {TraceData} data @param {number} id */
export function cellName(data, id) {
  const r = data.owner[id];
  return `${data.rows[r].label}[${id - data.offsets[r]}]`;
}

/** @param {TraceData} data @param {number | null} id @returns {Place | null} */
export function placeOf(data, id) {
  if (id === null) return null;
  const r = data.owner[id];
  return [data.rows[r].id, id - data.offsets[r]];
}

/** The cell at a place; null where the trace has none. @param {TraceData} data @param {Place | null | undefined} place */
export function idOf(data, place) {
  if (!place) return null;
  const r = data.rows.findIndex((row) => row.id === place[0]);
  if (r < 0 || place[1] < 0 || place[1] >= data.rows[r].pages) return null;
  return data.offsets[r] + place[1];
}

/** The state, before or after one, at which a step touched a cell; undefined where none did.
 *
 * @param {TraceData} data
 * @param {number} id
 * @param {number} at
 * @param {number} direction
 */
export function touchFrom(data, id, at, direction) {
  const list = data.history.get(id) ?? [];
  return direction > 0 ? list.find((n) => n > at) : list.filter((n) => n < at).pop();
}

/** The cell nearest to one in a direction, for the arrow keys.
 *
 * @param {{x: number, y: number}[]} places where each cell stands
 * @param {number} id
 * @param {number} dx
 * @param {number} dy
 * @param {(id: number) => boolean} among only cells for which it holds
 */
export function neighbourOf(places, id, dx, dy, among = () => true) {
  const here = places[id];
  let best = id;
  let least = Infinity;
  for (let other = 0; other < places.length; other++) {
    const x = places[other].x - here.x;
    const y = places[other].y - here.y;
    const along = x * dx + y * dy;
    const across = Math.abs(x * dy) + Math.abs(y * dx);
    if (along <= 1 || (dx && across > 1) || !among(other)) continue;
    const distance = along + across * 4;
    if (distance < least) {
      least = distance;
      best = other;
    }
  }
  return best;
}

/** The first cell of the row that a cell is in, or the last.
 *
 * @param {TraceData} data
 * @param {number} id
 * @param {boolean} end
 */
export function edgeOfRow(data, id, end) {
  const r = data.owner[id];
  return end ? data.offsets[r] + data.rows[r].pages - 1 : data.offsets[r];
}
