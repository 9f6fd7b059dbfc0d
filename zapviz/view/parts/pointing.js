/* Which cell the pointer or the focus is at, and what is tied to it. */

/** @import { TraceData } from "../core/trace.js" */
/** @import { Grid } from "./grid.js" */

import { inBlocks } from "../core/blocks.js";
import { tiedTo } from "../core/ties.js";

/** Follow the pointer and the focus among the cells: `at` is the cell that has one of them.
 *
 * @param {Grid} grid
 * @param {() => void} changed
 */
export function watchPointing(grid, changed) {
  const pointing = { at: /** @type {number | null} */ (null) };
  /** @param {number | null} id */
  const point = (id) => {
    if (id === pointing.at) return;
    pointing.at = id;
    changed();
  };
  grid.svg.addEventListener("pointerover", (event) => point(grid.cellOf(event)));
  grid.svg.addEventListener("pointerleave", () => point(null));
  grid.svg.addEventListener("focusin", (event) => point(grid.cellOf(event)));
  grid.svg.addEventListener("focusout", () => point(null));
  return pointing;
}

/** Tie the cell that is pointed at to those that hold the same, where there are several processes.
 *
 * @param {Grid} grid
 * @param {() => {data: TraceData, state: ArrayLike<number>}} shown
 */
export function tieAtPointer(grid, shown) {
  const pointing = watchPointing(grid, tie);

  /** To be done again for another state. */
  function tie() {
    const { data, state } = shown();
    if (!inBlocks(data.trace)) return;
    grid.showTies(pointing.at, pointing.at === null ? [] : tiedTo(data, state, pointing.at));
  }

  return tie;
}
