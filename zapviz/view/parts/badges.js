/* Small signs at a corner of cells, each on a shape of its own, kept and used again. */

import { s } from "../core/dom.js";

/** @typedef {{text: Text, label: SVGTextElement, shape: SVGElement, g: SVGGElement,
 *   set: Record<string, string>}} Badge */
/** A cell, its sign, and the kind of sign or nothing. @typedef {[{x: number, y: number}, string, string?]} Sign */

/** @param {Badge} badge @param {string} attribute @param {string} value */
function set(badge, attribute, value) {
  if (badge.set[attribute] === value) return;
  badge.set[attribute] = value;
  badge.g.setAttribute(attribute, value);
}

/** Build the layer of signs, each of which stands at (dx, dy) from its cell.
 *
 * @param {number} dx
 * @param {number} dy
 * @param {() => SVGElement} shape
 * @param {string} words the class of its text
 */
export function createBadges(dx, dy, shape, words = "zv-badge-text") {
  const node = s("g", {});
  /** @type {Badge[]} */
  const pool = [];
  let used = 0;

  function made() {
    const text = document.createTextNode("");
    const label = s("text", { class: words }, text);
    const drawn = shape();
    const badge = { text, label, shape: drawn, g: s("g", {}, drawn, label), set: {} };
    pool.push(badge);
    node.append(badge.g);
    return badge;
  }

  return {
    node,
    /** Show signs; `fit` adapts the shape to the sign.
     *
     * @param {Sign[]} list
     * @param {(badge: Badge, sign: string) => void} fit
     */
    show(list, fit = () => {}) {
      for (const [k, [cell, sign, kind]] of list.entries()) {
        const badge = pool[k] ?? made();
        if (badge.text.data !== sign) {
          badge.text.data = sign;
          fit(badge, sign);
        }
        if (kind) set(badge, "class", kind);
        set(badge, "transform", `translate(${cell.x + dx},${cell.y + dy})`);
        set(badge, "visibility", "visible");
      }
      for (let k = list.length; k < used; k++) set(pool[k], "visibility", "hidden");
      used = list.length;
    },
  };
}
