/* The frames of the blocks of processes: the name of each, whether it is there, its counters. */

/** @import { Layout, PlacedBlock } from "../core/layout.js" */
/** @import { TraceData } from "../core/trace.js" */

import { processName, wordOfLife } from "../core/blocks.js";
import { s, say } from "../core/dom.js";
import { PAD } from "../core/layout.js";
import { clip, signed } from "../core/text.js";

const LONGEST = 20; // letters of a process's name in its title
/** @type {Record<string, string>} */
const LONG_WORDS = { "not yet": "not forked yet", ended: "it has ended" };

/** Draw the frames of a layout's blocks; what they say comes later.
 *
 * @param {TraceData} data
 * @param {Layout} layout
 * @param {(text: string) => string} tipOf what the terms of a text mean
 */
export function createBlocks(data, layout, tipOf) {
  const blocks = layout.blocks.map((placed) => createBlock(data, placed, layout.caption, tipOf));
  return {
    nodes: blocks.map((block) => block.node),
    /** Show a state, and by how much its counters differ from those of another.
     *
     * @param {number} at
     * @param {number} since
     */
    show(at, since) {
      for (const block of blocks) block.show(at, since);
    },
  };
}

/** @param {TraceData} data @param {PlacedBlock} placed @param {number} caption @param {(text: string) => string} tipOf */
function createBlock({ trace }, { process, x, y, w, h, counters }, caption, tipOf) {
  const name = processName(trace.processes?.[process] ?? "");
  const word = s("tspan", { class: "zv-block-word", dx: 8 });
  const about = s("title", {});
  const frame = s("rect", { class: "zv-block", x: 0.75, y: 0.75, width: w - 1.5, height: h - 1.5, rx: 8 });
  const many = trace.initial.rss.length / (trace.processes?.length ?? 1);
  const shown = counters.map(({ counter, x: left, y: top }) => {
    const [value, delta] = ["zv-block-value", "zv-block-delta"].map((kind) => s("tspan", { class: kind, dx: 4 }));
    const text = s("text", { class: "zv-block-count", x: left, y: top + caption + 4 }, counter.name, value, delta,
      s("title", {}, tipOf(`MM_${counter.name.toUpperCase()}`)));
    return { value, delta, text, index: process * many + counter.k };
  });
  const node = s("g", { transform: `translate(${x},${y})`, "aria-hidden": "true" }, frame,
    s("text", { class: "zv-block-name", x: PAD, y: caption + 4 }, about, clip(name, LONGEST), word),
    ...shown.map(({ text }) => text));
  /** @param {number} n */
  const rssAt = (n) => (n ? trace.steps[n - 1] : trace.initial).rss;

  return {
    node,
    /** @param {number} at @param {number} since */
    show(at, since) {
      const life = wordOfLife(trace, process, at);
      say(word, life);
      say(about, life ? `${name}: ${LONG_WORDS[life]}` : name);
      frame.classList.toggle("zv-block-away", life !== "");
      for (const { value, delta, text, index } of shown) {
        const [now, before] = [rssAt(at)[index], rssAt(since)[index]];
        say(value, String(now));
        say(delta, signed(now - before));
        text.classList.toggle("zv-block-moved", now !== before);
      }
    },
  };
}
