/* The rss counters of a state, and by how much they just changed. */

/** @import { Palette } from "../types.js" */

import { h, say } from "../core/dom.js";
import { signed } from "../core/text.js";
import { wordsOf } from "./words.js";

/** @param {Palette} palette */
export function createCounters(palette) {
  const counters = palette.counters.map((name) => {
    const value = h("b", {});
    const delta = h("span", { class: "zv-delta" });
    const label = h("span", {}, ...wordsOf(palette).mark(`MM_${name.toUpperCase()}`));
    return { value, delta, node: h("div", { class: "zv-count" }, label, value, delta) };
  });
  return {
    node: h("section", { class: "zv-rss", "aria-label": "rss counters" }, ...counters.map((one) => one.node)),
    /** @param {number[]} counts @param {number[]} base what they were before */
    show(counts, base) {
      for (const [k, one] of counters.entries()) {
        say(one.value, String(counts[k]));
        say(one.delta, signed(counts[k] - base[k]));
        one.node.classList.toggle("zv-moved", counts[k] !== base[k]);
      }
    },
  };
}
