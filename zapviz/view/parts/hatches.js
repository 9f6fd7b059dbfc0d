/* Slanted lines over cells of one size, in the ink of each: what just changed. */

import { s } from "../core/dom.js";
import { slants } from "../core/slants.js";

/** @param {number} size @param {boolean} rich */
export function createHatches(size, rich) {
  const node = s("g", {});
  /** @type {Map<string, {path: SVGPathElement, d: string}>} */
  const paths = new Map(); // by kind of cell
  const lines = slants(size, rich);

  /** @param {string} kind */
  function made(kind) {
    const one = { path: s("path", { class: `zv-hatch k-${kind}` }), d: "" };
    paths.set(kind, one);
    node.append(one.path);
    return one;
  }

  return {
    node,
    /** @param {{kind: string, x: number, y: number}[]} cells */
    show(cells) {
      const wanted = new Map([...paths.keys()].map((kind) => [kind, ""]));
      for (const { kind, x, y } of cells) wanted.set(kind, `${wanted.get(kind) ?? ""}M${x} ${y}${lines}`);
      for (const [kind, d] of wanted) {
        const shown = paths.get(kind) ?? made(kind);
        if (shown.d !== d) shown.path.setAttribute("d", shown.d = d);
      }
    },
  };
}
