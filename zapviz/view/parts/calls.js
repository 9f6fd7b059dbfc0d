/* Where in the kernel a step is: its chain of calls, and the locks held. */

/** @import { Palette, Step, Trace } from "../types.js" */

import { h, heading } from "../core/dom.js";
import { reserved } from "./panels.js";
import { wordsOf } from "./words.js";

/** @param {string[]} list */
const lockText = (list) => (list.length ? list.join("\n") : "none");

/** Build the two panels. @param {Palette} palette */
export function createCalls(palette) {
  const words = wordsOf(palette);
  const chains = h("div", { class: "zv-chains" });
  const chainBox = h("div", { class: "zv-box-panel zv-chain-box", role: "group", "aria-label": "call chain" }, heading({}, "Call chain"), chains);
  const locks = reserved("zv-locks");
  /** @type {{node: HTMLElement, parts: HTMLElement[]}[]} */
  let drawn = []; // each chain of the trace
  /** @type {string | null} */
  let shown = null;

  /** @param {Step | null} step */
  function showChain(step) {
    const key = step ? `${step.chain}/${step.function}` : "";
    if (key === shown) return;
    shown = key;
    for (const [k, { node, parts }] of drawn.entries()) {
      const here = step !== null && k === step.chain;
      node.style.visibility = here ? "visible" : "hidden";
      node.setAttribute("aria-hidden", String(!here));
      for (const part of here ? parts : []) {
        const current = part.textContent === step?.function;
        part.classList.toggle("zv-current", current);
        if (current) part.setAttribute("aria-current", "true");
        else part.removeAttribute("aria-current");
      }
    }
  }

  return {
    nodes: [chainBox, h("div", { class: "zv-box-panel", role: "group", "aria-label": "locks held" }, heading({}, "Locks held"), locks.node)],
    /** @param {Trace} trace */
    load({ steps, chains: list }) {
      shown = null;
      locks.keep([steps.reduce((most, step) =>
        (step.locks.length > most.split("\n").length ? step.locks.join("\n") : most), "none")]);
      drawn = list.map((chain) => {
        const parts = chain.map((one) => h("span", {}, one));
        return { node: h("div", { class: "zv-chain" }, ...parts), parts };
      });
      chains.replaceChildren(...drawn.map((one) => one.node));
    },
    /** @param {Step | null} step @param {string[]} held */
    show(step, held) {
      words.say(locks.text, lockText(held));
      showChain(step);
    },
    /** Scroll the function shown into its panel. */
    reveal() {
      if (chainBox.scrollHeight <= chainBox.clientHeight + 1) return;
      const current = /** @type {HTMLElement | null} */ (chains.querySelector("[aria-current]"));
      if (current) chainBox.scrollTop = Math.max(0, current.offsetTop - chainBox.offsetTop - 60);
    },
  };
}
