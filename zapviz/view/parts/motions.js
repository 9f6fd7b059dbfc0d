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

  /** @param {Way} way */
  function start({ from, to, look }) {
    const ghost = s("g", { class: `zv-ghost k-${look.kind}` },
      s("rect", { class: "zv-box", width: size, height: size, rx: Math.min(5, size / 6) }),
      s("text", { class: "zv-letters", x: size / 2, y: size / 2 },
        s("tspan", { class: `k-${look.kind}` }, look.letter)));
    const end = to && to !== from ? to : { x: from.x, y: from.y + (to ? -size / 2 : size / 2) };
    node.append(ghost);
    const motion = ghost.animate([
      { transform: `translate(${from.x}px,${from.y}px)`, opacity: 1 },
      { transform: `translate(${end.x}px,${end.y}px)`, opacity: to && to !== from ? 0.6 : 0 },
    ], { duration: LENGTH, easing: "ease-out", fill: "both" });
    motion.onfinish = () => ghost.remove();
    running.push(motion);
  }

  return {
    node,
    /** Let cells go their ways; those that are under way still are at their end at once.
     *
     * @param {Way[]} ways
     */
    show(ways) {
      if (running.length) {
        for (const motion of running) motion.cancel();
        node.replaceChildren();
        running = [];
      }
      if (!still?.matches) ways.forEach(start);
    },
  };
}
