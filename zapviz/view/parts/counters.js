/* The rss counters of a state, and by how much they just changed; of several processes a row each. */

/** @import { Palette } from "../types.js" */

import { h, say } from "../core/dom.js";
import { signed } from "../core/text.js";
import { wordsOf } from "./words.js";

/** @param {Palette} palette */
export function createCounters(palette) {
  const node = h("section", { class: "zv-rss", "aria-label": "rss counters" });
  const terms = wordsOf(palette);
  let shown = "";
  /** @type {{value: HTMLElement, delta: HTMLElement, node: HTMLElement}[]} */
  let counters = [];

  /** Make room for the counters of some processes. @param {string[]} processes by name, "" the first */
  function load(processes) {
    if (processes.join(" ") === shown && counters.length) return;
    shown = processes.join(" ");
    counters = processes.flatMap((process) => palette.counters.map((name) => {
      const value = h("b", {});
      const delta = h("span", { class: "zv-delta" });
      const label = h("span", {}, process ? `${process} ` : "", ...terms.mark(`MM_${name.toUpperCase()}`));
      return { value, delta, node: h("div", { class: "zv-count" }, label, value, delta) };
    }));
    node.replaceChildren(...counters.map((one) => one.node));
  }

  load([""]);
  return {
    node,
    load,
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
