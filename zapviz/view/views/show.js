/* Small figures for prose: entries, one slider, one sentence; several stand side by side, in step. */

/** @import { Palette, Shown, ShownSide, ShowOptions } from "../types.js" */

import { h, heading, say } from "../core/dom.js";
import { actOn } from "../core/keys.js";
import { spaceAlone } from "../core/layout.js";
import { motionsOf } from "../core/motions.js";
import { cellOfStep } from "../core/places.js";
import { within } from "../core/stops.js";
import { verdictsAt } from "../core/strides.js";
import { wrongCells } from "../core/telling.js";
import { EMPTY, createCursor, readTrace, unpack } from "../core/trace.js";
import { createGrid, showState } from "../parts/grid.js";
import { tieAtPointer } from "../parts/pointing.js";
import { reserved } from "../parts/panels.js";
import { createShell, frameIn } from "../parts/shell.js";

const MOST = 72; // pixels from cell to cell
const WIDTH = 640; // pixels, before the page has been measured
const EDGE = 8; // pixels beside the entries, where outlines stand over (view.css)

/** Build the figures inside an element.
 *
 * @param {HTMLElement} element
 * @param {Shown} shown
 * @param {ShowOptions} options
 */
export function createShow(element, shown, options) {
  const { frames, sides } = shown;
  const last = frames.length - 1;
  let at = within(options.step ?? shown.step, 0, last);

  const shell = createShell("zapviz: the arrow keys step", { palette: options.palette, theme: options.theme, onKey });
  const { root } = shell;
  const figures = sides.map((side) => createFigure(options.palette, side));
  const slider = h("input", { type: "range", class: "zv-slider", min: 0, max: last, step: 1, value: at,
    "aria-label": "step", oninput: () => move(Number(slider.value)) });
  const panes = h("div", { class: "zv-shown", "data-sides": sides.length }, ...figures.map((one) => one.node));
  root.classList.add("zv-show");
  root.append(panes);
  if (figures.length === 1) figures[0].sentence.before(slider);
  else root.append(slider);

  /** @param {number} n */
  function move(n) {
    n = within(n, 0, last);
    if (n === at) return;
    const before = at;
    at = n;
    show(before);
    options.onStep?.(at);
  }

  /** Show the frame; what changed since the one before it is marked. @param {number} [before] the frame shown before */
  function show(before = at) {
    for (const [k, figure] of figures.entries()) {
      figure.show(at, frames[at][k], frames[Math.max(0, at - 1)][k], before === at - 1);
    }
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `${at} of ${last}`);
    root.dataset.step = String(at);
  }

  /** @param {KeyboardEvent} event */
  function onKey({ key, shiftKey }) {
    if (shiftKey) return false;
    return actOn({
      ArrowRight: () => move(at + 1),
      ArrowDown: () => move(at + 1),
      PageDown: () => move(at + 1),
      ArrowLeft: () => move(at - 1),
      ArrowUp: () => move(at - 1),
      PageUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(last),
    }, key);
  }

  frameIn(element).append(root);
  for (const figure of figures) figure.layOut(figure.pane.clientWidth || WIDTH);
  show();
  const unwatch = shell.watchWidth(panes, panes.clientWidth, () => {
    for (const figure of figures) figure.layOut(figure.pane.clientWidth);
    show();
  });

  return {
    root,
    step: move,
    get at() { return at; },
    get last() { return last; },
    setTheme: shell.setTheme,
    destroy() {
      unwatch();
      shell.destroy();
    },
  };
}

/** One figure: its caption, its entries and its sentence.
 *
 * @param {Palette} palette
 * @param {ShownSide} side
 */
function createFigure(palette, { caption, payload, said }) {
  const data = readTrace(unpack(payload) ?? EMPTY);
  const cursor = createCursor(data);
  const grid = createGrid(palette);
  const tie = tieAtPointer(grid, () => ({ data, state: cursor.state }));
  const head = h("b", {});
  const rest = h("span", {});
  const fails = h("b", { class: "zv-shown-fails" });
  const sentence = reserved("zv-shown-said");
  sentence.keep(said.map(([, ...words]) => words.filter(Boolean).join(" ")));
  sentence.text.append(head, " ", rest, " ", fails);
  sentence.text.setAttribute("aria-live", "polite");
  sentence.text.setAttribute("aria-atomic", "true");
  const node = h("section", { class: "zv-shown-side", "aria-label": caption || null },
    caption ? heading({}, caption) : null, grid.pane, sentence.node);

  return {
    node,
    sentence: sentence.node,
    pane: grid.pane,
    /** @param {number} width */
    layOut: (width) => grid.load(data, cursor.state, spaceAlone(data.rows, width - EDGE, MOST, data.trace.processes)),
    /** Show a state, with what is said at its frame.
     *
     * @param {number} frame
     * @param {number} n the state
     * @param {number} since the state of the frame before
     * @param {boolean} next whether that was shown just now
     */
    show(frame, n, since, next) {
      const step = n ? data.trace.steps[n - 1] : null;
      showState(grid, data, cursor.state, cursor.go(n), since, n);
      tie();
      grid.showNow(cellOfStep(data, step), step ? verdictsAt(palette, data, [n]) : []);
      grid.showWrong(wrongCells(data, n));
      grid.showMotions(next && n > since ? () => motionsOf(data, cursor.state, since, n) : null);
      const [verdict, what, why, failing] = said[frame];
      say(head, what);
      head.className = `zv-shown-${verdict || "no"}`;
      say(rest, why);
      say(fails, failing);
    },
  };
}
