/* Of several processes, which pages and slots they share: a number at the cells, and words. */

/** @import { Look } from "../types.js" */
/** @import { Shared } from "../core/ties.js" */
/** @import { TraceData } from "../core/trace.js" */
/** @import { CellNode, Measures } from "./drawing.js" */

import { inBlocks } from "../core/blocks.js";
import { s } from "../core/dom.js";
import { sharedIn } from "../core/ties.js";
import { createBadges } from "./badges.js";


/** Build the layer of the numbers at large cells; in a small one the number follows the letter.
 *
 * @param {Measures} measures
 */
export function createTags({ size, rich }) {
  // At the left side: other signs stand at the corners.
  const badges = createBadges(Math.round(size * 0.09), Math.round(size * 0.42), () =>
    s("rect", { y: -7, height: 14, rx: 4, class: "zv-tag" }), "zv-tag-text");
  return {
    node: badges.node,
    rich,
    /** @param {Map<number, Shared>} shared by cell @param {CellNode[]} nodes */
    show(shared, nodes) {
      // What a large cell has of a slot is written in it.
      const signs = [...shared].filter(([, { sign }]) => rich && !sign.startsWith("#"));
      badges.show(signs.map(([id, { sign }]) => [nodes[id], sign]), ({ shape }, sign) => {
        const width = 6 + 7 * sign.length;
        shape.setAttribute("x", String(-width / 2));
        shape.setAttribute("width", String(width));
      });
    },
  };
}

/** Write a letter in a small cell, with the number of what it shares or "" after it.
 *
 * @param {CellNode} node
 * @param {string} letter
 * @param {string} number
 */
function write({ letter: text, inks: [ink] }, letter, number) {
  const written = letter + number;
  if (text.data === written) return;
  text.data = written;
  ink.style.letterSpacing = written.length > 2 ? "-1px" : "";
}

/** Keep what the cells of a grid share. */
export function createSharing() {
  /** @type {Map<number, Shared>} */
  let shared = new Map(); // by cell id
  return {
    clear: () => { shared = new Map(); },
    /** What is said of a cell that holds the same as others; "" of one alone. @param {number} id */
    words: (id) => shared.get(id)?.words ?? "",
    /** Bring the numbers to what the cells hold; give the cells of which something else is said now.
     *
     * @param {TraceData} data
     * @param {CellNode[]} nodes
     * @param {ReturnType<typeof createTags>} tags
     * @param {(cell: number) => Look} look
     */
    update(data, nodes, tags, look) {
      if (!inBlocks(data.trace)) return [];
      const before = shared;
      shared = sharedIn(data, nodes.map((node) => node.cell));
      tags.show(shared, nodes);
      const ids = [...new Set([...before.keys(), ...shared.keys()])];
      for (const id of tags.rich ? [] : ids) {
        // Over the slots stand their numbers.
        const number = data.rows[data.owner[id]].role === "swap" ? "" : shared.get(id)?.sign.replace("#", "") ?? "";
        write(nodes[id], look(nodes[id].cell).letter, number);
      }
      return ids.filter((id) => before.get(id)?.words !== shared.get(id)?.words);
    },
  };
}
