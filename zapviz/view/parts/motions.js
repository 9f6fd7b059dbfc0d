/* Cells on their way: what a step moves is seen to move, unless the reader wants no motion. */

/** @import { Look } from "../types.js" */

import { s } from "../core/dom.js";

const LENGTH = 150; // milliseconds

/** A cell's look, and where it goes; to null: it sinks and fades; to where it is: it lifts and fades.
 *
 * @typedef {{from: {x: number, y: number}, to: {x: number, y: number} | null, look: Look}} Way
 */

/** @param {number} size of a cell */
export function createMotions(size) {
  const node = s("g", {});
  const still = window.matchMedia?.("(prefers-reduced-motion: reduce)");
  /** @type {Animation[]} */
  let running = [];
  let pending = 0; // the frame in which cells set out

  /** @param {Way} way */
  const ghostOf = ({ from: { x, y }, look }) => s("g", { class: `zv-ghost k-${look.kind}` },
    s("rect", { class: "zv-box", x, y, width: size, height: size, rx: Math.min(5, size / 6) }),
    s("text", { class: "zv-letters", x: x + size / 2, y: y + size / 2 },
      s("tspan", { class: `k-${look.kind}` }, look.letter)));

  /** Let those that go the same way go together: a browser animates one thing, not each cell. @param {Way[]} ways */
  function start(ways) {
    /** @type {Map<string, Way[]>} */
    const flights = new Map();
    for (const way of ways) {
      const key = wayOf(way, size).join(" ");
      flights.set(key, [...(flights.get(key) ?? []), way]);
    }
    for (const group of flights.values()) {
      const [dx, dy, end] = wayOf(group[0], size);
      const flight = s("g", { class: "zv-flight" }, ...group.map(ghostOf));
      node.append(flight);
      const motion = flight.animate([
        { transform: "translate(0px,0px)", opacity: 1 },
        { transform: `translate(${dx}px,${dy}px)`, opacity: end },
      ], { duration: LENGTH, easing: "ease-out", fill: "both" });
      motion.onfinish = () => flight.remove();
      running.push(motion);
    }
  }

  return {
    node,
    /** Let cells go their ways; those that are under way still are at their end at once.
     *
     * @param {(() => Way[]) | null} ways null is none
     */
    show(ways) {
      cancelAnimationFrame(pending);
      if (running.length) {
        for (const motion of running) motion.cancel();
        node.replaceChildren();
        running = [];
      }
      // What the step led to is there first.
      if (ways && !still?.matches) pending = requestAnimationFrame(() => start(ways()));
    },
  };
}

/** How far a cell goes, and how much of it is left at the end. @param {Way} way @param {number} size */
function wayOf({ from, to }, size) {
  if (to && to !== from) return [to.x - from.x, to.y - from.y, 0.6];
  return [0, to ? -size / 2 : size / 2, 0];
}
