/* What a real kernel that was watched did: a switch that has each step tell of it, and a way to the kernel itself. */

/** @import { Key, Trace } from "../types.js" */

import { words } from "../core/dom.js";

const NOTHING = "No real kernel was watched doing this: the shipped scenarios without CPUs were, as they stand. " +
  "zapviz lab watch shows any other.";

/** Build the two buttons.
 *
 * @param {object} host
 * @param {boolean} host.on whether steps tell of it from the beginning
 * @param {(on: boolean) => void} host.turn
 * @param {(() => void) | null} host.beside shows the kernel beside the model; null: nobody can
 */
export function createSeen({ on, turn, beside }) {
  let known = false;
  const asks = words("Seen there?", NOTHING, () => known && set(!on), "zv-asks-seen", "e");
  const both = beside && words("Side by side", NOTHING, () => known && beside(), "zv-beside-kernel", "r");
  const label = /** @type {Text} */ (asks.firstChild);

  function show() {
    asks.setAttribute("aria-pressed", String(on && known));
    for (const node of [asks, both]) node?.setAttribute("aria-disabled", String(!known));
  }

  /** @param {boolean} to */
  function set(to) {
    if (to === on) return;
    on = to;
    turn(on);
    show();
  }

  /** @type {Key[]} */
  const keys = [["e", "evidence: whether each step was seen on a real kernel", () => asks.click()]];
  if (both) keys.push(["r", "real: the model beside a real kernel that was watched", () => both.click()]);
  return {
    nodes: [asks, both],
    keys,
    set,
    /** @param {Trace} trace */
    load({ seen_on: where }) {
      known = where !== undefined;
      label.data = where ? `Seen on ${where.name}?` : "Seen there?";
      asks.title = where ? `Say of each step whether Linux ${where.release}, did the same at the very same place (e)` : NOTHING;
      if (both) both.title = where ? `The model beside Linux ${where.name} itself, entry by entry (r)` : NOTHING;
      show();
    },
  };
}
