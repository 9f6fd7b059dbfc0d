/* Why a cell of the decision table says what it says, and the scenario that shows it. */

/** @import { Decision, Palette } from "../types.js" */

import { h, heading, say } from "../core/dom.js";
import { IMPOSSIBLE } from "../core/pivot.js";
import { wordsOf } from "./words.js";

const HINT = "Point at a cell for its reason. A click, or Enter, opens its scenario.";

/** @param {Palette} palette */
export function createWhy(palette) {
  const words = wordsOf(palette);
  const title = heading({ class: "zv-why-title" });
  const verdict = h("span", { class: "zv-verdict" });
  const reason = h("p", { class: "zv-why-reason" });
  const source = h("p", { class: "zv-why-source" });
  const passes = h("ol", { class: "zv-why-passes" });
  const scenario = h("pre", { class: "zv-why-scenario", tabindex: 0, "aria-label": "the smallest scenario" });
  const node = h("section", { class: "zv-why", "aria-label": "why" },
    h("div", { class: "zv-why-words" }, h("div", { class: "zv-why-head" }, verdict, title),
      reason, source, passes), scenario);
  return {
    node,
    /** Tell of a cell; null is none. @param {Decision | null} cell @param {boolean} pinned */
    show(cell, pinned) {
      const look = cell ? palette.verdicts[cell.verdict] : null;
      const possible = cell !== null && cell.verdict !== IMPOSSIBLE;
      node.classList.toggle("zv-why-empty", !cell);
      node.classList.toggle("zv-why-pinned", Boolean(cell) && pinned);
      say(verdict, cell ? `${look?.sign} ${possible ? cell.word : IMPOSSIBLE}` : "");
      verdict.className = `zv-verdict ${possible ? `zv-filled k-${look?.ink}` : "zv-impossible"}`;
      say(title, cell ? `${cell.title}, on ${cell.kernel}` : "");
      words.say(reason, cell ? cell.reason : HINT);
      words.say(source, cell
        ? [cell.source && `${cell.source}, ${cell.kernel}`, cell.evidence].filter(Boolean).join(" \u00b7 ") : "");
      passes.replaceChildren(...(cell && cell.passes.length > 1 ? cell.passes : []).map(([pass, said]) =>
        h("li", {}, `${pass}: ${said}`)));
      say(scenario, cell ? cell.scenario.trimEnd() : "");
      scenario.hidden = !cell;
    },
  };
}
